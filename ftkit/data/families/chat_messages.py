"""Chat messages with ``role`` and ``content``, as OpenAI, TRL and many others write them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ftkit.data.mapping import Roles, field
from ftkit.data.messages import has_key, turns_of, without_tools
from ftkit.data.records import Example

ID = "chat-messages"
LABEL = "chat messages with role and content"
TASK = "sft"
ROLES = {"messages": ("messages", "conversation", "conversations", "chat", "dialogue", "dialog")}
REQUIRED = ("messages",)


def examples(record: Mapping[str, Any], mapping: Roles) -> list[Example]:
    """The messages in their order."""
    without_tools(record)
    return [Example(turns=tuple(turns_of(field(record, mapping, "messages"))))]


def recognises(record: Mapping[str, Any], mapping: Roles) -> bool:
    """Whether the messages say with "role" who speaks."""
    return has_key(field(record, mapping, "messages"), "role")
