"""Running text: what a model reads to get to know a field."""

from __future__ import annotations

from typing import Any

from ftkit.data.records import DoesNotFit, Example

ID = "domain"
LABEL = "running text"
TASKS = ("domain",)
COLUMNS = {"text": "text"}
FROM = {"classification": "The texts are learned, and the labels are left out."}
LEAD = (
    "The model reads plain texts of your field, word by word: reports, manuals, letters. Nothing has to be "
    "asked or answered in them; what matters is that they are clean, and many."
)
EXAMPLE = '{"text": "The bottom bracket is pressed into the frame from both sides."}'
FAMILY = "plain-text"
LONG = "cut into pieces"


def rows(example: Example, system: str | None = None) -> list[dict[str, Any]]:
    """The text as it is; cutting it to length needs the model's tokens and comes later.

    Raises
    ------
    DoesNotFit
        If there is none.
    """
    if not example.text:
        raise DoesNotFit("there is a conversation and no running text")
    return [{"text": example.text}]


def sequences(row: dict[str, Any]) -> list[tuple[None, str]]:
    """The whole text is learned from."""
    return [(None, row["text"])]
