"""ShareGPT: ``conversations`` of messages with ``from`` (human, gpt, system, function_call, observation) and ``value``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ftkit.data.mapping import Roles, field
from ftkit.data.messages import has_key
from ftkit.data.pairs import conversation
from ftkit.data.records import Example

ID = "sharegpt"
LABEL = "conversations with from and value (ShareGPT)"
TASK = "sft"
ROLES = {
    "messages": ("conversations", "conversation", "messages"),
    "system": ("system", "system_prompt"),
    "tools": ("tools", "functions"),
}
REQUIRED = ("messages",)


def examples(record: Mapping[str, Any], mapping: Roles) -> list[Example]:
    """The messages in their order, after the record's own system prompt where it has one."""
    return [conversation(record, mapping, "from")]


def recognises(record: Mapping[str, Any], mapping: Roles) -> bool:
    """Whether the messages say with "from" who speaks."""
    return has_key(field(record, mapping, "messages"), "from")
