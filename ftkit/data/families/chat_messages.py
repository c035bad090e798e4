"""Chat messages with ``role`` and ``content``, as OpenAI, TRL and many others write them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ftkit.data.messages import has_key, turns_of, without_tools
from ftkit.data.records import Turn

ID = "chat-messages"
LABEL = "chat messages with role and content"
ROLES = {"messages": ("messages", "conversation", "conversations", "chat", "dialogue", "dialog")}
REQUIRED = ("messages",)


def conversation(record: Mapping[str, Any], mapping: Mapping[str, str]) -> list[Turn]:
    """The messages in their order."""
    without_tools(record)
    return turns_of(record.get(mapping["messages"]))


def recognises(record: Mapping[str, Any], mapping: Mapping[str, str]) -> bool:
    """Whether the messages say with "role" who speaks."""
    return has_key(record.get(mapping["messages"]), "role")
