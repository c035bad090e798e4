"""A text and its class."""

from __future__ import annotations

from typing import Any

from ftkit.data.records import DoesNotFit, Example

ID = "classification"
LABEL = "text and label"
TASKS = ("classification",)
COLUMNS = {"text": "text", "label": "label"}
FROM: dict[str, str] = {}
LEAD = (
    "The model learns from texts with their labels. Every label needs some dozens of examples, and each text "
    "should have the label that a careful person would give it."
)
EXAMPLE = '{"text": "My parcel never came.", "label": "delivery"}'
FAMILY = "classification"
LONG = "cut at the end"


def rows(example: Example, system: str | None = None) -> list[dict[str, Any]]:
    """The text with its label.

    Raises
    ------
    DoesNotFit
        If one of them is missing.
    """
    if not example.text:
        raise DoesNotFit("there is no text to put into a class")
    if example.label is None:
        raise DoesNotFit("the label is missing")
    return [{"text": example.text, "label": example.label}]


def sequences(row: dict[str, Any]) -> list[tuple[None, str]]:
    """The text; the label is no token."""
    return [(None, row["text"])]
