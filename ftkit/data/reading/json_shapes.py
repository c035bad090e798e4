"""Rows in one JSON object that is no row itself: columns beside one another, numbered rows, rows under a key."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

WRAPPERS = ("data", "rows", "examples", "train", "items", "dataset", "samples", "records", "entries")
"""Keys under which a JSON file may hold its list of rows, in lower case."""
FEWEST_NAMED = 3
"""Rows that stand under names of their own are rows only if there are as many."""
ONE_ROW = {"input_ids", "turns", "messages", "conversations", "conversation", "chosen", "rejected", "labels"}
"""Columns that hold a list in one row: an object with such a one is not taken for a table."""


def wrapper(whole: Mapping[str, Any]) -> str:
    """The key of the list of rows; empty where there is none."""
    tables = {key.strip().lower(): key for key, value in whole.items() if is_table(value)}
    return next((tables[key] for key in WRAPPERS if key in tables), "")


def is_table(value: Any) -> bool:
    """Whether this is a list of rows."""
    return isinstance(value, list) and bool(value) and all(isinstance(item, dict) for item in value[:100])


def rows_in(whole: Mapping[str, Any]) -> tuple[list[Any], str] | None:
    """The rows that an object holds in another way than as a list, and a note about it; None where it is a row.

    pandas writes such files: ``{"question": {"0": …}}``, ``{"0": {"question": …}}``, ``{"columns": …, "data": …}``.
    """
    names, data = whole.get("columns"), whole.get("data")
    if isinstance(names, list) and isinstance(data, list) and data and _fits(names, data):
        return [
            dict(zip(map(str, names), row, strict=True)) for row in data
        ], "the rows are the lists under 'data'"
    values = list(whole.values())
    if not values or ONE_ROW & {key.strip().lower() for key in whole}:
        return None
    if all(isinstance(value, list) and value for value in values):
        return _columns({name: dict(enumerate(value)) for name, value in whole.items()})
    if not all(isinstance(value, dict) and value for value in values):
        return None
    if all(_numbered(value) for value in values):
        return _columns(whole)
    shared = set.intersection(*(set(value) for value in values))
    if _numbered(whole) or (len(values) >= FEWEST_NAMED and shared):
        return values, "the rows are the groups in the object, without their names"
    return None


def unwrapped(value: Any) -> Any:
    """A row as the hub's own viewer hands it out, ``{"row_idx": …, "row": {…}}``, without the wrapping."""
    if isinstance(value, dict) and "row_idx" in value and isinstance(value.get("row"), dict):
        return value["row"]
    return value


def _columns(whole: Mapping[str, Mapping[Any, Any]]) -> tuple[list[Any], str] | None:
    """Columns beside one another as rows; None where they are not of one length, or there is only one."""
    first, *others = whole.values()
    texts = any(all(isinstance(item, str) for item in column.values()) for column in whole.values())
    if not others or not texts or any(set(column) != set(first) for column in others):
        return None
    rows = [{name: column[number] for name, column in whole.items()} for number in first]
    return rows, "the rows are put together from the columns in the object"


def _numbered(whole: Mapping[Any, Any]) -> bool:
    return all(str(key).isdigit() for key in whole)


def _fits(names: list[Any], data: list[Any]) -> bool:
    return all(isinstance(row, list) and len(row) == len(names) for row in data) and len(
        set(map(str, names))
    ) == len(names)
