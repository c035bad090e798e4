"""ShareGPT: ``conversations`` of messages with ``from`` (human, gpt, system) and ``value``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ftkit.data.messages import has_key, turns_of, without_tools
from ftkit.data.records import Turn, optional_text

ID = "sharegpt"
LABEL = "conversations with from and value (ShareGPT)"
ROLES = {
    "messages": ("conversations", "conversation", "messages"),
    "system": ("system", "system_prompt"),
}
REQUIRED = ("messages",)


def conversation(record: Mapping[str, Any], mapping: Mapping[str, str]) -> list[Turn]:
    """The messages in their order, after the record's own system prompt where it has one."""
    without_tools(record)
    turns = turns_of(record.get(mapping["messages"]), role_key="from", content_keys=("value",))
    system = optional_text(record.get(mapping.get("system", "")), "system prompt")
    return [Turn("system", system), *turns] if system else turns


def recognises(record: Mapping[str, Any], mapping: Mapping[str, str]) -> bool:
    """Whether the messages say with "from" who speaks."""
    return has_key(record.get(mapping["messages"]), "from")
