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
        return {name: _SAID[name](inner, mend) if name in _SAID else inner for name, inner in value.items()}
    return value


def _calls(calls: Any, mend: Callable[[str], str]) -> Any:
    """Calls of tools with what they are given changed; the names of tools stay as they are."""
    return [
        {**call, "function": {**call["function"], "arguments": _given(call["function"]["arguments"], mend)}}
        for call in calls
    ]


def _given(value: Any, mend: Callable[[str], str]) -> Any:
    if isinstance(value, str):
        return mend(value)
    if isinstance(value, list):
        return [_given(item, mend) for item in value]
    if isinstance(value, dict):
        return {name: _given(inner, mend) for name, inner in value.items()}
    return value


_SAID = {"content": _mended, "tool_calls": _calls}
