"""Held-out rows that are trained on: counted by the same yardstick as the data check, on what the trainer really got."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ftkit.training.per_example import conversation_of

MOST_ROWS = 200_000
"""Above this many rows they are not compared: that would take longer than a step."""


def leak(trained: Any, held_out: Any) -> dict[str, int] | None:
    """How many held-out rows have a twin among the training rows.

    Returns
    -------
    dict or None
        ``held_out`` rows in all; of these ``same_rows`` token for token, and ``same_questions`` that begin with the same
        question, whatever its capitals and punctuation. None where the rows cannot be compared.
    """
    parts = list(held_out.values()) if isinstance(held_out, Mapping) else [held_out]
    if not all(_comparable(part) for part in (trained, *parts)):
        return None
    tokens, questions = set(), set()
    for row in _seen(trained):
        tokens.add(_tokens(row))
        questions.add(conversation_of(row))
    questions.discard("")
    found = {"held_out": 0, "same_rows": 0, "same_questions": 0}
    for part in parts:
        for row in _seen(part):
            found["held_out"] += 1
            found["same_rows"] += _tokens(row) in tokens
            found["same_questions"] += conversation_of(row) in questions
    return found


def _comparable(rows: Any) -> bool:
    return "input_ids" in (getattr(rows, "column_names", None) or []) and len(rows) <= MOST_ROWS


def _seen(rows: Any) -> Any:
    columns = [name for name in ("input_ids", "labels", "prompt") if name in rows.column_names]
    return rows.select_columns(columns)


def _tokens(row: Mapping[str, Any]) -> int:
    label = row.get("labels")
    return hash((tuple(row["input_ids"]), label if isinstance(label, int) else None))
