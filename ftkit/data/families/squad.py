"""SQuAD: questions about a text, with one or several right answers taken from it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ftkit.data.mapping import Roles, field
from ftkit.data.pairs import question
from ftkit.data.records import DoesNotFit, Example, Turn, text_of

ID = "question-answer"
KIND = "squad"
LABEL = "questions about a text with a list of right answers (SQuAD)"
TASK = "sft"
NOTE = "Where a question has several right answers, the first is learned."
ROLES = {
    "prompt": ("question",),
    "context": ("context", "passage", "article"),
    "answers": ("answers", "answer"),
}
REQUIRED = ("prompt", "answers")


def examples(record: Mapping[str, Any], mapping: Roles) -> list[Example]:
    """The first of the answers."""
    texts = _texts(field(record, mapping, "answers"))
    if not isinstance(texts, list):
        raise DoesNotFit("the answers are not a list of texts")
    if not texts:
        raise DoesNotFit("the question has no answer in the text")
    first = texts[0].get("text") if isinstance(texts[0], dict) else texts[0]
    return [Example(turns=(*question(record, mapping), Turn("assistant", text_of(first, "answer"))))]


def recognises(record: Mapping[str, Any], mapping: Roles) -> bool:
    """Whether the answers are a list of texts."""
    texts = _texts(field(record, mapping, "answers"))
    return isinstance(texts, list) and all(
        isinstance(text, str) or (isinstance(text, dict) and "text" in text) for text in texts
    )


def _texts(answers: Any) -> Any:
    """The right answers: in a list, in one under "text", or one under "value" beside its aliases (TriviaQA)."""
    if not isinstance(answers, dict):
        return answers
    return answers["text"] if "text" in answers else [answers["value"]] if "value" in answers else None
