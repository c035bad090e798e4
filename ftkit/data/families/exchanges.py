"""Conversations as exchanges: a list whose items hold a question and its answer (ms-swift, Capybara)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ftkit.data.mapping import Roles, field
from ftkit.data.records import DoesNotFit, Example, Turn, optional_text, text_of

ID = "chat-messages"
KIND = "exchanges"
LABEL = "a list of exchanges, each a question with its answer"
TASK = "sft"
ROLES = {
    "messages": ("conversation", "conversations", "messages", "exchanges", "dialogue", "dialog"),
    "system": ("system", "system_prompt"),
}
REQUIRED = ("messages",)
PAIRS = (("human", "assistant"), ("input", "output"), ("user", "assistant"), ("question", "answer"))


def examples(record: Mapping[str, Any], mapping: Roles) -> list[Example]:
    """Question and answer in turn."""
    exchanges = field(record, mapping, "messages")
    if not isinstance(exchanges, list):
        raise DoesNotFit("the conversation is not a list of exchanges")
    system = optional_text(field(record, mapping, "system"), "system prompt")
    turns = [Turn("system", system)] if system else []
    for exchange in exchanges:
        keys = _keys(exchange)
        if keys is None:
            raise DoesNotFit("an exchange is no question with an answer")
        turns.append(Turn("user", text_of(exchange[keys[0]], "prompt")))
        turns.append(Turn("assistant", text_of(exchange[keys[1]], "answer")))
    return [Example(turns=tuple(turns))]


def recognises(record: Mapping[str, Any], mapping: Roles) -> bool:
    """Whether the first item holds both sides."""
    exchanges = field(record, mapping, "messages")
    return isinstance(exchanges, list) and bool(exchanges) and _keys(exchanges[0]) is not None


def NAME_OF(record: Mapping[str, Any], mapping: Roles) -> str:  # noqa: N802  (stated beside ID and LABEL)
    """Under which name this way of writing is known."""
    keys = _keys(field(record, mapping, "messages")[0])
    return {"human": "ms-swift", "input": "Capybara"}.get(keys[0] if keys else "", "")


def _keys(exchange: Any) -> tuple[str, str] | None:
    if not isinstance(exchange, dict):
        return None
    return next((pair for pair in PAIRS if pair[0] in exchange and pair[1] in exchange), None)
