"""Alpaca: an instruction, perhaps an input, and the output; with a system prompt and earlier turns in some files."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ftkit.data.pairs import pair
from ftkit.data.records import DoesNotFit, Turn, text_of

ID = "alpaca"
LABEL = "instruction, input and output (Alpaca)"
PLAIN = True
ROLES = {
    "prompt": ("instruction",),
    "answer": ("output", "response"),
    "context": ("input", "context"),
    "system": ("system",),
    "history": ("history",),
}
REQUIRED = ("prompt", "answer")


def conversation(record: Mapping[str, Any], mapping: Mapping[str, str]) -> list[Turn]:
    """The pair, after the earlier turns where the record has a history of ``[[question, answer], …]``."""
    turns = pair(record, mapping)
    history = record.get(mapping.get("history", "")) or []
    if not isinstance(history, list):
        raise DoesNotFit("the history is not a list of pairs")
    earlier = []
    for exchange in history:
        if not isinstance(exchange, list) or len(exchange) != 2:
            raise DoesNotFit("the history is not a list of pairs")
        earlier.append(Turn("user", text_of(exchange[0], "question in the history")))
        earlier.append(Turn("assistant", text_of(exchange[1], "answer in the history")))
    start = len(turns) - 2
    return [*turns[:start], *earlier, *turns[start:]]
