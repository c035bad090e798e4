"""Chat messages with ``role`` and ``content``, as OpenAI, TRL and many others write them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ftkit.data.mapping import Roles, field
from ftkit.data.messages import has_key, messages_in
from ftkit.data.pairs import conversation
from ftkit.data.records import Example

ID = "chat-messages"
LABEL = "chat messages with role and content"
TASK = "sft"
ROLES = {
    "messages": ("messages", "conversation", "conversations", "chat", "dialogue", "dialog"),
    "system": ("system", "system_prompt"),
    "tools": ("tools", "functions"),
}
REQUIRED = ("messages",)


def examples(record: Mapping[str, Any], mapping: Roles) -> list[Example]:
    """The messages in their order, and the tools on offer."""
    return [conversation(record, mapping)]


def recognises(record: Mapping[str, Any], mapping: Roles) -> bool:
    """Whether the messages say with "role" who speaks."""
    return has_key(field(record, mapping, "messages"), "role")


def NAME_OF(record: Mapping[str, Any], mapping: Roles) -> str:  # noqa: N802  (stated beside ID and LABEL)
    """Under which name this way of writing is known, where it has one of its own."""
    messages = [m for m in messages_in(field(record, mapping, "messages")) or [] if isinstance(m, dict)]
    keys = {key for message in messages for key in message}
    parts = [part for m in messages if isinstance(m.get("content"), list) for part in m["content"]]
    if "content" not in keys and "value" in keys:
        return "pygmalion"
    if any(isinstance(part, dict) and "value" in part for part in parts):
        return "LLaMA-Factory's version 1"
    if "thinking" in keys or any(message.get("role") == "developer" for message in messages):
        return "Harmony"
    return ""
