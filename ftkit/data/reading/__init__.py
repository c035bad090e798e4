"""Reading files into records: one file a format, found by looking into this folder."""

from __future__ import annotations

import importlib
import pkgutil
from pathlib import Path
from types import ModuleType

from ftkit.data.reading.stored import Stored, on_disk, starts
from ftkit.data.reading.table import Table
from ftkit.errors import DataError

__all__ = [
    "READERS",
    "SUFFIXES",
    "Stored",
    "Table",
    "kinds",
    "on_disk",
    "open_file",
    "open_stored",
    "reader_of",
]


def _collect() -> dict[str, ModuleType]:
    modules = [
        importlib.import_module(f"{__name__}.{info.name}")
        for info in sorted(pkgutil.iter_modules(__path__), key=lambda info: info.name)
    ]
    return {suffix: module for module in modules for suffix in getattr(module, "SUFFIXES", ())}


READERS: dict[str, ModuleType] = _collect()
"""The format modules by the endings of file names.

A module states

``SUFFIXES``
    The endings that it reads, in lower case.
``KIND``
    What the format is called.
``ROWS``
    True where a file holds rows with columns, False where it is a document to read.
``open_table(stored) -> Table``
    Opens a file, and raises :class:`~ftkit.errors.DataError` where it sees that it cannot be read.
``MAGIC`` (optional)
    Bytes with which every such file begins, whatever it is called.
"""

SUFFIXES = (*READERS, ".gz", ".zip")


def open_file(path: Path) -> Table:
    """One file, opened: its format and how it is read are known, its records not yet read.

    Raises
    ------
    DataError
        If the file is missing, empty, damaged, or of a kind that cannot be read.
    """
    return open_stored(on_disk(path))


def open_stored(file: Stored) -> Table:
    """The same for bytes that may lie in an archive."""
    return reader_of(file).open_table(file)


def reader_of(file: Stored) -> ModuleType:
    """The module that reads a file: by its first bytes where they are unmistakable, else by its name."""
    start = b"" if file.packed else starts(file.path)
    for module in READERS.values():
        if any(start.startswith(mark) for mark in getattr(module, "MAGIC", ())):
            return module
    if file.suffix in READERS:
        return READERS[file.suffix]
    raise DataError(
        f"{file.says} ends in {file.suffix or 'nothing'!r}; ftkit reads {kinds()}.",
        "Save it as one of these; spreadsheets can save as CSV.",
    )


def kinds() -> str:
    """All formats in words."""
    names = list(dict.fromkeys(module.KIND for module in READERS.values()))
    return f"{', '.join(names)}, alone, in a folder, in gzip or in ZIP"
