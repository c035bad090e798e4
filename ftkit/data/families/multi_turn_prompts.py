"""MT-bench: the questions of a conversation, asked one after the other, mostly without answers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ftkit.data.mapping import Roles, field
from ftkit.data.records import DoesNotFit, Example, Turn, text_of

ID = "multi-turn-prompts"
LABEL = "questions to be asked one after the other (MT-bench)"
TASK = "grpo"
NOTE = (
    "Only the first question of each row is a prompt: the ones after it ask about the model's own answers. "
    "Rows with a reference for every question become whole conversations."
)
ROLES = {
    "turns": ("turns",),
    "reference": ("reference",),
    "category": ("category",),
    "id": ("question_id",),
}
REQUIRED = ("turns",)


def examples(record: Mapping[str, Any], mapping: Roles) -> list[Example]:
    """The first question, or all of them with their reference answers."""
    asked, known = field(record, mapping, "turns"), field(record, mapping, "reference")
    if not isinstance(asked, list) or not asked:
        raise DoesNotFit("the questions are no list, or an empty one")
    questions = [Turn("user", text_of(text, "prompt")) for text in asked]
    if not isinstance(known, list) or len(known) != len(questions):
        return [Example(turns=(questions[0],))]
    answers = [Turn("assistant", text_of(text, "reference answer")) for text in known]
    return [Example(turns=tuple(turn for pair in zip(questions, answers, strict=True) for turn in pair))]


def recognises(record: Mapping[str, Any], mapping: Roles) -> bool:
    """Whether the turns are plain texts."""
    turns = field(record, mapping, "turns")
    return isinstance(turns, list) and bool(turns) and all(isinstance(text, str) for text in turns)
