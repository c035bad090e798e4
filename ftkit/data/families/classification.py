"""Texts, or pairs of sentences, with the class that they belong to."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ftkit.data.mapping import Roles, field
from ftkit.data.records import DoesNotFit, Example, optional_text, text_of

ID = "classification"
LABEL = "texts with a label"
TASK = "classification"
ROLES = {
    "text": (
        "text",
        "sentence1",
        "sentence",
        "premise",
        "question1",
        "review",
        "comment",
        "tweet",
        "headline",
    ),
    "second": ("sentence2", "hypothesis", "question2", "text_pair", "text2"),
    "label": (
        *("label", "target", "class", "sentiment", "intent", "emotion", "category", "topic", "label_text"),
        *("labels", "*_label", "*_sentiment", "stars", "rating"),
    ),
}
REQUIRED = ("text", "label")


def examples(record: Mapping[str, Any], mapping: Roles) -> list[Example]:
    """The text with its label; two sentences stand one below the other after an empty line."""
    first = text_of(field(record, mapping, "text"), "text")
    second = optional_text(field(record, mapping, "second"), "second text")
    text = f"{first}\n\n{second}" if second else first
    return [Example(text=text, label=_label(field(record, mapping, "label")))]


def recognises(record: Mapping[str, Any], mapping: Roles) -> bool:
    """Whether the text is text, and the label one value."""
    label = field(record, mapping, "label")
    text = field(record, mapping, "text")
    return isinstance(text, str) and label is not None and not isinstance(label, (list, dict))


def _label(value: Any) -> str | int:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, float):
        raise DoesNotFit("the label is a number with decimals, which is no class")
    if isinstance(value, int):
        if abs(value) >= 2**63:
            raise DoesNotFit("the label is too large a number")
        return value
    return text_of(value, "label")
