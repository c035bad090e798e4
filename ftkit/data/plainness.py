"""Whether a cell of plain ``datasets`` code makes exactly the training rows that ftkit would."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from ftkit.data.detect import Ranked
from ftkit.data.families import FAMILIES
from ftkit.data.read import DataFile
from ftkit.data.sources import PARTS
from ftkit.data.turns import Row


def plainness(
    files: Mapping[str, DataFile], chosen: Ranked, columns: Sequence[str], rows: Sequence[Row]
) -> tuple[str, bool]:
    """Why plain code would not do, empty where it would; and whether there is nothing left to map.

    Parameters
    ----------
    files
        By part; every record of them was turned into training rows.
    chosen
        The family and its mapping.
    columns
        All columns of the files.
    rows
        What became of the records, part after part.
    """
    values = [
        record.value for file in files.values() for record in file.records if isinstance(record.value, dict)
    ]
    mapping = chosen.mapping
    formats = {"csv" if file.format == "csv" else "json" for file in files.values()}
    if set(files) != set(PARTS):
        return "train, validation and test are not three files yet", False
    if len(formats) > 1 or not all(file.plain for file in files.values()):
        return "the files need more than datasets' own reader", False
    if (
        "json" in formats
        and set(columns) == {"prompt", "completion"}
        and values == list(rows)
        and _all_text(rows)
    ):
        return "", True
    if not getattr(FAMILIES.get(chosen.family), "PLAIN", False) or {"system", "history"} & set(mapping):
        return "turning these rows into prompts and answers takes more than a column map", False
    if "csv" in formats and "context" in mapping:
        return "datasets' CSV reader takes an empty context for a missing value", False
    if not all(_reads_alike(value.get(column), role) for value in values for role, column in mapping.items()):
        return "some values are not plain text for datasets' own reader", False
    if not _is_regular(values, set(mapping.values()), "csv" in formats):
        return "datasets wants the same columns of the same kind in every row", False
    return "", False


def _all_text(rows: Sequence[Row]) -> bool:
    return all(
        _reads_alike(message["content"], "") for row in rows for column in row.values() for message in column
    )


_WHOLE = re.compile(r"-?\d{1,15}")
# What pandas and pyarrow, which read for datasets, take for a number, a truth value, a date or nothing at all.
_NOT_TEXT = re.compile(
    r"\s*([-+]?[\d.,_]+(e[-+]?\d+)?|[-+]?inf(inity)?|[-+]?nan|true|false|null|none|n/?a|<na>|#n/?a.*|-?1\.#\w+"
    r"|\d{4}-\d\d-\d\d([T ].*)?)\s*",
    re.IGNORECASE,
)


def _is_regular(values: Sequence[Mapping[str, Any]], mapped: set[str], csv: bool) -> bool:
    """Whether the columns that nobody asked for let the file be read: one simple kind each, in every row of every part."""
    names = values[0].keys()
    if any(value.keys() != names for value in values):
        return False
    for name in names - mapped:
        column = [value[name] for value in values]
        if all(_reads_alike(value, "") for value in column):
            continue
        if csv and not all(_WHOLE.fullmatch(value) for value in column):
            return False
        kinds = {type(value) for value in column}
        if not csv and not (
            kinds == {bool} or (kinds == {int} and all(abs(value) < 2**53 for value in column))
        ):
            return False
    return True


def _reads_alike(value: Any, role: str) -> bool:
    """Whether datasets' own reader gives the very same text, and the plain expression uses it as we do."""
    if role == "context" and value == "":
        return True
    if not isinstance(value, str) or not value.strip() or _NOT_TEXT.fullmatch(value):
        return False
    return not any(mark == "\0" or "\ud800" <= mark <= "\udfff" for mark in value)
