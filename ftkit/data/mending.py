"""Texts of a row changed by a fix, whatever the row's form."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ftkit.data.records import DoesNotFit
from ftkit.data.turns import Row

TEXTS = ("prompt", "completion", "chosen", "rejected", "text", "completions")
"""Columns that hold what is read or learned from; labels and tools stay as they are."""


def mended(row: Row, mend: Callable[[str], str]) -> Row:
    """The row with every text changed.

    Raises
    ------
    DoesNotFit
        If nothing is left of a text.
    """
    return {name: _mended(value, mend) if name in TEXTS else value for name, value in row.items()}


def _mended(value: Any, mend: Callable[[str], str]) -> Any:
    if isinstance(value, str):
        text = mend(value)
        if value.strip() and not text.strip():
            raise DoesNotFit("nothing is left of a text after it was mended")
        return text
    if isinstance(value, list):
        return [_mended(item, mend) for item in value]
    if isinstance(value, dict):
        return {**value, "content": _mended(value["content"], mend)} if "content" in value else value
    return value
