"""Reflection: a first answer, what is wrong with it, and the corrected answer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ftkit.data.mapping import Roles, field
from ftkit.data.pairs import question
from ftkit.data.records import Example, Turn, optional_text, text_of

ID = "alpaca"
KIND = "reflection"
LABEL = "instruction and output with a reflection and the corrected answer"
TASK = "sft"
NOTE = "The first answer and the reflection become thoughts before the corrected answer."
ROLES = {
    "prompt": ("instruction",),
    "context": ("input",),
    "first": ("output",),
    "reflection": ("reflection",),
    "answer": ("corrected",),
    "system": ("system",),
}
REQUIRED = ("prompt", "reflection", "answer")


def examples(record: Mapping[str, Any], mapping: Roles) -> list[Example]:
    """The corrected answer, after the thoughts that led to it."""
    first = optional_text(field(record, mapping, "first"), "first answer")
    reflection = text_of(field(record, mapping, "reflection"), "reflection")
    thinking = "\n\n".join(text for text in (first, reflection) if text)
    answer = text_of(field(record, mapping, "answer"), "answer")
    return [Example(turns=(*question(record, mapping), Turn("assistant", answer, thinking=thinking)))]
