"""Conversations as a list of plain texts, the person first (LIMA)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ftkit.data.mapping import Roles, field
from ftkit.data.records import DoesNotFit, Example, Turn, text_of

ID = "chat-messages"
KIND = "strings"
LABEL = "a list of texts, question and answer in turn (LIMA)"
TASK = "sft"
ROLES = {"messages": ("conversations", "conversation", "messages", "dialogue", "dialog", "data")}
REQUIRED = ("messages",)


def examples(record: Mapping[str, Any], mapping: Roles) -> list[Example]:
    """The texts, question and answer in turn."""
    texts = field(record, mapping, "messages")
    if not isinstance(texts, list):
        raise DoesNotFit("the conversation is not a list of texts")
    names = (("user", "prompt"), ("assistant", "answer"))
    return [
        Example(turns=tuple(Turn(names[n % 2][0], text_of(t, names[n % 2][1])) for n, t in enumerate(texts)))
    ]


def recognises(record: Mapping[str, Any], mapping: Roles) -> bool:
    """Whether they are texts."""
    texts = field(record, mapping, "messages")
    return isinstance(texts, list) and bool(texts) and all(isinstance(text, str) for text in texts)
