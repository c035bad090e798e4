"""Reading files into records: one file a format, found by looking into this folder."""

from __future__ import annotations

import importlib
import pkgutil
from dataclasses import replace
from pathlib import Path
from types import ModuleType

from ftkit.data.reading.content import by_content
from ftkit.data.reading.stored import Stored, on_disk, starts
from ftkit.data.reading.table import Table
from ftkit.errors import DataError

__all__ = [
    "READERS",
    "SUFFIXES",
    "Stored",
    "Table",
    "kinds",
    "lists_in",
    "on_disk",
    "open_file",
    "open_stored",
    "reader_of",
    "resolved",
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
``lists_in(stored) -> list[str]`` (optional)
    Under which keys one file holds several lists of rows, such as those of its parts.
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
    file, note = resolved(file)
    table: Table = reader_of(file).open_table(file)
    return replace(table, plain=False, notes=(*table.notes, note)) if note else table


def resolved(file: Stored) -> tuple[Stored, str]:
    """The file under the ending that its content has, and a note where its name says something else."""
    if _by_mark(file):
        return file, ""
    return by_content(file, file.suffix in READERS)


def lists_in(file: Stored) -> list[str]:
    """The keys under which one file holds several lists of rows; none where it holds one."""
    file, _ = resolved(file)
    module = reader_of(file)
    return module.lists_in(file) if hasattr(module, "lists_in") else []


def reader_of(file: Stored) -> ModuleType:
    """The module that reads a file: by its first bytes where they are unmistakable, else by its name."""
    if module := _by_mark(file):
        return module
    if file.suffix in READERS:
        return READERS[file.suffix]
    raise DataError(
        f"{file.says} ends in {file.suffix or 'nothing'!r}; ftkit reads {kinds()}.",
        "Save it as one of these; spreadsheets can save as CSV.",
    )


def _by_mark(file: Stored) -> ModuleType | None:
    start = b"" if file.packed else starts(file.path)
    for module in READERS.values():
        if any(start.startswith(mark) for mark in getattr(module, "MAGIC", ())):
            return module
    return None


def kinds() -> str:
    """All formats in words."""
    names = list(dict.fromkeys(module.KIND for module in READERS.values()))
    return f"{', '.join(names)}, alone, in a folder, in gzip or in ZIP"
