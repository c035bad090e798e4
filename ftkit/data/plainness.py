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
        return "ftkit deals out the parts that have no file of their own", False
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
    if not _same_columns(files, set(mapping.values())):
        return "datasets wants the same columns of the same kind in every file", False
    return "", False


def _same_columns(files: Mapping[str, DataFile], mapped: set[str]) -> bool:
    """Whether the files agree on their columns, those that nothing is made of included."""
    kinds: dict[str, set[str]] = {}
    by_file = []
    for file in files.values():
        present = set()
        for record in file.records:
            for column, value in record.value.items():
                if value is not None:
                    present.add(column)
                    plain = not isinstance(value, str) or _reads_alike(value, "note")
                    kinds.setdefault(column, set()).add(type(value).__name__ if plain else "?")
        by_file.append(present)
    simple = ({"str"}, {"int"}, {"float"}, {"bool"})
    others = all(kind in simple for column, kind in kinds.items() if column not in mapped)
    return others and all(present == by_file[0] for present in by_file)


def _all_text(rows: Sequence[Row]) -> bool:
    return all(
        _reads_alike(message["content"], "") for row in rows for column in row.values() for message in column
    )


# What pandas and pyarrow, which read for datasets, take for a number, a truth value, a date or nothing at all.
_NOT_TEXT = re.compile(
    r"\s*([-+]?[\d.,_]+(e[-+]?\d+)?|[-+]?inf(inity)?|[-+]?nan|true|false|null|none|n/?a|<na>|#n/?a.*|-?1\.#\w+"
    r"|\d{4}-\d\d-\d\d([T ].*)?)\s*",
    re.IGNORECASE,
)


def _reads_alike(value: Any, role: str) -> bool:
    """Whether datasets' own reader gives the very same text, and the plain expression uses it as we do."""
    if role == "context" and (value is None or value == ""):
        return True
    return isinstance(value, str) and bool(value.strip()) and not _NOT_TEXT.fullmatch(value)
