"""What can be said about data before the model's tokenizer is here, or before there is any data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import chain, islice
from typing import Any

from ftkit.data import token_ids
from ftkit.data.forms import FORMS
from ftkit.data.sources import open_source
from ftkit.fields import DataFacts


def rough_facts(parts: Mapping[str, Sequence[Any]], form: str, skipped: int) -> DataFacts:
    """Facts without a tokenizer: three letters a token and eight tokens a message, more than usual."""
    if token_ids.form_of(parts.get("train", ()), form) == token_ids.FORM:
        lengths = sorted(len(row["input_ids"]) for rows in parts.values() for row in rows)
    else:
        lengths = _guessed(parts, form)
    return DataFacts(
        train_rows=len(parts["train"]),
        validation_rows=len(parts["validation"]),
        test_rows=len(parts["test"]),
        longest=lengths[-1],
        p95=lengths[int(0.95 * (len(lengths) - 1))],
        mean=sum(lengths) / len(lengths),
        skipped=skipped,
    )


def _guessed(parts: Mapping[str, Sequence[Any]], form: str) -> list[int]:
    return sorted(
        max(_tokens(before) + _tokens(after) for before, after in FORMS[form].sequences(row))
        for rows in parts.values()
        for row in rows
    )


def _tokens(text: Any) -> int:
    """Tokens of a text or of messages, rather too many."""
    if isinstance(text, str):
        return len(text) // 3 + 8
    return sum(len(str(message.get("content") or "")) // 3 + 8 for message in text or ())


FIRST = 20
"""Records kept to show what a mapping gives."""


def first_records(source: str) -> tuple[Mapping[str, Any], ...]:
    """The first rows of the data as they stand in the file; those that cannot be read are passed over.

    Raises
    ------
    DataError
        If a file is missing or broken as a whole.
    """
    tables = chain.from_iterable(open_source(source).values())
    records = chain.from_iterable(table.records() for table in tables)
    return tuple(record.value for record in islice(records, 5 * FIRST) if isinstance(record.value, dict))[
        :FIRST
    ]
