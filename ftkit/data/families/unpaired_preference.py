"""Answers that are marked as good or bad: what KTO learns from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from ftkit.data.mapping import Roles, field
from ftkit.data.messages import are_messages, turns_of
from ftkit.data.pairs import conversation, offered, pair, question
from ftkit.data.records import DoesNotFit, Example

ID = "unpaired-preference"
LABEL = "answers with a good or bad label"
TASK = "kto"
ROLES: dict[str, tuple[str, ...]] = {
    "label": ("label", "kto_tag"),
    "messages": ("messages", "conversations"),
    "prompt": ("prompt", "question", "instruction", "query"),
    "answer": ("completion", "response", "answer", "output"),
    "context": ("input", "context"),
    "system": ("system", "system_prompt"),
    "history": ("history",),
    "tools": ("tools",),
}
REQUIRED = ("label",)
GOOD, BAD = ("true", "1", "yes", "good", "desirable"), ("false", "0", "-1", "no", "bad", "undesirable")


def examples(record: Mapping[str, Any], mapping: Roles) -> list[Example]:
    """The conversation, whose last answer the label is about."""
    label = _label(field(record, mapping, "label"))
    if label is None:
        raise DoesNotFit("the label says not whether the answer is good or bad")
    if "messages" in mapping:
        return [replace(conversation(record, mapping), label=label)]
    if "answer" not in mapping:
        raise DoesNotFit("the answer is missing")
    answer = field(record, mapping, "answer")
    if are_messages(answer):
        turns = [*question(record, mapping), *turns_of(answer if isinstance(answer, list) else [answer])]
    else:
        turns = pair(record, mapping)
    return [Example(turns=tuple(turns), label=label, tools=offered(record, mapping))]


def recognises(record: Mapping[str, Any], mapping: Roles) -> bool:
    """Whether the label is a yes or no about an answer."""
    return _label(field(record, mapping, "label")) is not None and (
        "messages" in mapping or {"prompt", "answer"} <= set(mapping)
    )


def _label(value: Any) -> bool | None:
    if isinstance(value, (bool, int)):
        return bool(value == 1) if value in (1, 0, -1) else None
    said = value.strip().lower() if isinstance(value, str) else ""
    return True if said in GOOD else False if said in BAD else None
