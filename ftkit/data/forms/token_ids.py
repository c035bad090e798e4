"""Token ids with their labels: TRL's trainer takes them as they are, and so does nothing else here."""

from __future__ import annotations

from typing import Any

from ftkit.data.records import DoesNotFit, Example

ID = "token-ids"
LABEL = "token ids and which of them are learned"
TASKS: tuple[str, ...] = ()
COLUMNS = {"input_ids": "numbers", "labels": "numbers"}
FROM: dict[str, str] = {}
LEAD = "The model learns from texts that somebody has turned into its tokens already: lists of numbers, each a token."
EXAMPLE = '{"input_ids": [1, 9690, 198, 2], "labels": [-100, -100, 198, 2]}'
FAMILY = "pre-tokenised"
LONG = "left out"


def rows(example: Example, system: str | None = None) -> list[dict[str, Any]]:
    """The ids; a system prompt cannot be put before them.

    Raises
    ------
    DoesNotFit
        If the row is text, or nothing of it is learned.
    """
    if not example.ids:
        raise DoesNotFit("the row holds no token ids")
    if all(label < 0 for label in example.labels):
        raise DoesNotFit("there is no answer to learn from")
    return [{"input_ids": list(example.ids), "labels": list(example.labels)}]


def sequences(row: dict[str, Any]) -> list[tuple[None, str]]:
    """No text: :mod:`ftkit.data.token_ids` looks at such rows."""
    return []
