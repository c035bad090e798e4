"""ShareGPT: ``conversations`` of messages with ``from`` (human, gpt, system) and ``value``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ftkit.data.mapping import Roles, field
from ftkit.data.messages import has_key, turns_of, without_tools
from ftkit.data.records import Example, Turn, optional_text

ID = "sharegpt"
LABEL = "conversations with from and value (ShareGPT)"
TASK = "sft"
ROLES = {
    "messages": ("conversations", "conversation", "messages"),
    "system": ("system", "system_prompt"),
}
REQUIRED = ("messages",)


def examples(record: Mapping[str, Any], mapping: Roles) -> list[Example]:
    """The messages in their order, after the record's own system prompt where it has one."""
    without_tools(record)
    turns = turns_of(field(record, mapping, "messages"), role_key="from", content_keys=("value",))
    system = optional_text(field(record, mapping, "system"), "system prompt")
    head = [Turn("system", system)] if system else []
    return [Example(turns=(*head, *turns))]


def recognises(record: Mapping[str, Any], mapping: Roles) -> bool:
    """Whether the messages say with "from" who speaks."""
    return has_key(field(record, mapping, "messages"), "from")
