"""A question, the tools on offer, and the calls that answer it (xLAM, APIGen)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ftkit.data.mapping import Roles, field
from ftkit.data.pairs import offered, question
from ftkit.data.records import DoesNotFit, Example, Turn
from ftkit.data.tools import calls_of

ID = "chat-messages"
KIND = "function-calls"
LABEL = "questions with tools, and the calls that answer them (xLAM)"
TASK = "sft"
ROLES = {
    "prompt": ("query", "question", "prompt", "instruction"),
    "calls": ("answers", "tool_calls", "calls", "answer"),
    "tools": ("tools", "functions"),
    "system": ("system", "system_prompt"),
}
REQUIRED = ("prompt", "calls", "tools")


def examples(record: Mapping[str, Any], mapping: Roles) -> list[Example]:
    """The question, and one answer with all its calls."""
    calls = calls_of(field(record, mapping, "calls"))
    if not calls:
        raise DoesNotFit("the answer calls no tool")
    turns = (*question(record, mapping), Turn("assistant", "", tool_calls=calls))
    return [Example(turns=turns, tools=offered(record, mapping))]


def recognises(record: Mapping[str, Any], mapping: Roles) -> bool:
    """Whether the answer is a call, or a list of them."""
    return bool(calls_of(field(record, mapping, "calls")) and offered(record, mapping))
