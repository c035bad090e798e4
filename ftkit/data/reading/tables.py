"""Data that is in memory already: a pandas DataFrame, a dataset, several of them by part."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from ftkit.data.reading.table import Table
from ftkit.data.reading.values import plain_value
from ftkit.data.records import Record
from ftkit.errors import DataError

AT_ONCE = 1000


def in_memory(source: Any) -> bool:
    """Whether this is a table in memory. None of the libraries is imported to see that."""
    return bool(_what(source))


def by_part(source: Any) -> Mapping[str, Any] | None:
    """The tables of a DatasetDict; None for one table."""
    return source if _what(source) == "DatasetDict" else None


def open_table(source: Any) -> Table:
    """A table in memory as one to read from.

    Raises
    ------
    DataError
        If it has no rows, or two columns of the same name.
    """
    what = _what(source)
    name = f"<{what}>"
    if what == "IterableDataset":
        return Table(Path(name), "dataset", name, False, (), lambda: _numbered(source))
    if not len(source):
        raise DataError(f"The {what} has no rows.", "Give one with at least a few examples in it.")
    columns = [str(column) for column in (source.columns if what == "DataFrame" else source.column_names)]
    if len(set(columns)) < len(columns):
        doubled = min(column for column in columns if columns.count(column) > 1)
        raise DataError(
            f"The {what} has two columns called {doubled!r}.", "Give every column a name of its own."
        )
    if what == "DataFrame":
        return Table(Path(name), "dataframe", name, False, (), lambda: _numbered(_frame(source)))
    return Table(Path(name), "dataset", name, False, (), lambda: _numbered(_dataset(source)))


def _what(source: Any) -> str:
    for kind in type(source).__mro__:
        room = kind.__module__.partition(".")[0]
        if room == "pandas" and kind.__name__ == "DataFrame":
            return "DataFrame"
        if room == "datasets" and kind.__name__ in ("Dataset", "IterableDataset"):
            return kind.__name__
        if room == "datasets" and kind.__name__ in ("DatasetDict", "IterableDatasetDict"):
            return "DatasetDict"
    return ""


def _numbered(rows: Iterator[dict[Any, Any]]) -> Iterator[Record]:
    for number, row in enumerate(rows, 1):
        yield Record(number, {str(name): plain_value(value) for name, value in row.items()})


def _frame(frame: Any) -> Iterator[dict[Any, Any]]:
    for start in range(0, len(frame), AT_ONCE):
        yield from frame.iloc[start : start + AT_ONCE].to_dict("records")


def _dataset(dataset: Any) -> Iterator[dict[Any, Any]]:
    # As Arrow holds it: pictures stay undecoded, and no format set by the person changes the values.
    raw = dataset.with_format("arrow")
    for start in range(0, len(dataset), AT_ONCE):
        yield from raw[start : start + AT_ONCE].to_pylist()
