"""Reading files into records, whatever their format."""

from __future__ import annotations

from pathlib import Path

from ftkit.data.read import read_file
from ftkit.data.reading.table import Table

__all__ = ["Table", "open_file"]


def open_file(path: Path) -> Table:
    """One file, opened: its format and how it is read are known, its records not yet read.

    Raises
    ------
    DataError
        If the file is missing, empty, or of a kind that cannot be read.
    """
    file = read_file(path)
    return Table(
        path,
        "csv" if file.format == "csv" else "jsonl" if file.format == "jsonl" else "json",
        str(path),
        file.plain,
        (),
        lambda: iter(file.records),
    )
