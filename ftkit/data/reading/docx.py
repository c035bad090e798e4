"""Word documents: a row a section."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from ftkit.data.reading.archives import check_zip
from ftkit.data.reading.sections import Heading, sections
from ftkit.data.reading.stored import Stored
from ftkit.data.reading.table import Table
from ftkit.data.records import Record
from ftkit.errors import DataError, MissingPackageError

SUFFIXES = (".docx",)
KIND = "Word"
ROWS = False
LARGEST_DOCUMENT = 64 * 2**20
"""Held whole, at about ten times its size; a thick book has two megabytes."""


def open_table(stored: Stored) -> Table:
    """A Word document that was opened to see that it holds text.

    Raises
    ------
    DataError
        If it is damaged, locked, or without text.
    MissingPackageError
        If python-docx is not installed.
    """
    table = Table(stored.path, "docx", stored.name, False, ("a row is a section",), lambda: _records(stored))
    if next(table.records(), None) is None:
        raise DataError(f"{stored.says} has no text.", "Choose a document with text in it.")
    return table


def _records(stored: Stored) -> Iterator[Record]:
    document = _document(stored)
    return sections(_pieces(document), stored.label)


def _document(stored: Stored) -> Any:
    try:
        import docx
    except ImportError as error:
        raise MissingPackageError(
            "Reading Word documents takes the package python-docx.", "pip install 'ftkit[office]'"
        ) from error
    with stored.seekable() as file:
        check_zip(stored, file, LARGEST_DOCUMENT, ".xml")
        try:
            return docx.Document(file)
        except Exception as error:
            text = (str(error).partition("\n")[0] or type(error).__name__)[:200]
            raise DataError(
                f"{stored.says} is not a sound Word document: {text.rstrip('.')}.",
                "Open it, save it again as .docx, or as plain text.",
            ) from error


def _pieces(document: Any) -> Iterator[Heading | str]:
    """Paragraphs and the rows of tables, in their order, a blank line between paragraphs."""
    for block in document.iter_inner_content():
        if hasattr(block, "rows"):
            for row in block.rows:
                cells = dict.fromkeys(cell.text.strip() for cell in row.cells)
                yield "\t".join(cells)
            yield ""
            continue
        text = block.text
        if not text.strip():
            continue
        style = str(getattr(block.style, "name", "") or "")
        if level := re.fullmatch(r"(?:Heading|heading) ([1-9])", style):
            yield Heading(int(level[1]), text.strip(), text)
        elif style == "Title":
            yield Heading(1, text.strip(), text)
        else:
            yield text
        yield ""
