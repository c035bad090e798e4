"""Questions with choices and the right one, perhaps with an explanation (ARC, MMLU and others)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ftkit.data.mapping import Roles, field
from ftkit.data.pairs import question
from ftkit.data.records import DoesNotFit, Example, Turn, optional_text, text_of

ID = "question-answer"
KIND = "multiple-choice"
LABEL = "questions with choices"
TASK = "sft"
ROLES = {
    "prompt": ("question",),
    "choices": ("choices", "options"),
    "answer": ("solution", "answer", "answerkey", "answer_key", "correct_answer"),
    "explanation": ("explanation", "rationale"),
    "context": ("context", "article", "passage"),
    "system": ("system", "system_prompt"),
}
REQUIRED = ("prompt", "choices", "answer")
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


def examples(record: Mapping[str, Any], mapping: Roles) -> list[Example]:
    """The question with its choices; the answer is the right choice, and its explanation below it."""
    names, choices = _choices(field(record, mapping, "choices"))
    *head, asked = question(record, mapping)
    listed = "\n".join(f"{name}. {choice}" for name, choice in zip(names, choices, strict=True))
    answer = _right(field(record, mapping, "answer"), names, choices)
    explanation = optional_text(field(record, mapping, "explanation"), "explanation")
    said = "\n\n".join(text for text in (answer, explanation) if text)
    return [Example(turns=(*head, Turn("user", f"{asked.content}\n\n{listed}"), Turn("assistant", said)))]


def recognises(record: Mapping[str, Any], mapping: Roles) -> bool:
    """Whether the choices are a list."""
    choices = field(record, mapping, "choices")
    return isinstance(choices, list) or (isinstance(choices, dict) and isinstance(choices.get("text"), list))


def _choices(value: Any) -> tuple[list[str], list[str]]:
    names: Any = None
    if isinstance(value, dict):
        value, names = value.get("text"), value.get("label")
    if not isinstance(value, list) or not value or len(value) > len(LETTERS):
        raise DoesNotFit("the choices are not a list of texts")
    choices = [text_of(choice, "text of a choice") for choice in value]
    if isinstance(names, list) and len(names) == len(choices):
        return [text_of(name, "letter of a choice") for name in names], choices
    return list(LETTERS[: len(choices)]), choices


def _right(value: Any, names: list[str], choices: list[str]) -> str:
    """The right choice, said as its letter, its place from 0 or its text; any other text stays what it is."""
    if isinstance(value, int) and not isinstance(value, bool):
        if not 0 <= value < len(choices):
            raise DoesNotFit("the answer is the number of no choice")
        return f"{names[value]}. {choices[value]}"
    text = text_of(value, "answer")
    place = next((n for n, name in enumerate(names) if text.strip().rstrip(".)") == name), None)
    if place is None and text in choices:
        place = choices.index(text)
    return text if place is None else f"{names[place]}. {choices[place]}"
