"""PDF: a row a page, saying where it comes from."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, BinaryIO

from ftkit.data.reading.stored import Stored
from ftkit.data.reading.table import Table, at_least_one
from ftkit.data.records import Record
from ftkit.errors import DataError

SUFFIXES = (".pdf",)
KIND = "PDF"
ROWS = False
MAGIC = (b"%PDF-",)
MENDED = 16 * 2**20
"""A damaged file up to this size may still be read."""

LARGEST_PAGE = 8 * 2**20
"""Bytes of drawing commands: a page of text has a few thousand."""


def open_table(stored: Stored) -> Table:
    """A PDF whose pages were counted.

    Raises
    ------
    DataError
        If it is damaged, has no pages, or asks for a password.
    """
    with _reader(stored) as reader:
        count = len(reader.pages)
    if not count:
        raise DataError(f"{stored.says} has no pages.", "Choose a file with text in it.")
    return Table(
        stored.path,
        "pdf",
        stored.name,
        False,
        ("a row is a page",),
        # Any number of pages without text may come first; that all are is said at the end.
        lambda: at_least_one(_records(stored), lambda first: _no_text(stored, count, first), held=None),
    )


@contextmanager
def _reader(stored: Stored) -> Iterator[Any]:
    """The opened file; whatever is wrong with it is a clear error, and pypdf's warnings stay away from the screen."""
    from pypdf import PdfReader
    from pypdf.errors import DependencyError, PyPdfError

    logger = logging.getLogger("pypdf")
    level = logger.level
    with stored.seekable() as file:
        _check(stored, file)
        logger.setLevel(logging.CRITICAL)
        try:
            reader = PdfReader(file)
            if reader.is_encrypted and not reader.decrypt(""):
                raise _locked(stored)
            yield reader
        except DependencyError as error:
            raise DataError(
                f"{stored.says} is encrypted in a way that takes another package to read.",
                "If it opens without a password: pip install 'ftkit[pdf]'. Else save it without protection.",
            ) from error
        except (
            PyPdfError,
            OSError,
            ValueError,
            KeyError,
            TypeError,
            AttributeError,
            RecursionError,
        ) as error:
            text = (str(error).partition("\n")[0] or type(error).__name__)[:200]
            raise DataError(
                f"{stored.says} is not a sound PDF: {text.rstrip('.')}.", "Fetch it or save it again."
            ) from error
        finally:
            logger.setLevel(level)


def _check(stored: Stored, file: BinaryIO) -> None:
    """Refuse what has not even the marks of a PDF: searching all of a large file for them takes minutes."""
    start = file.read(1024)
    size = file.seek(0, 2)
    file.seek(max(0, size - 2**16))
    end = file.read()
    if b"%PDF-" not in start or (size > MENDED and b"startxref" not in end):
        raise DataError(
            f"{stored.says} is not a sound PDF: its beginning or its end is missing.",
            "Fetch it or save it again.",
        )
    file.seek(0)


def _records(stored: Stored) -> Iterator[Record]:
    with _reader(stored) as reader:
        for number, page in enumerate(reader.pages, 1):
            text, problem = _text(page)
            row = {"text": text, "source": stored.label, "page": number}
            yield Record(number, None, problem) if problem else Record(number, row)


def _text(page: Any) -> tuple[str, str]:
    """The text of a page, or why there is none."""
    try:
        contents = page.get_contents()
        if contents is not None and len(contents.get_data()) > LARGEST_PAGE:
            return "", "the page is one huge drawing"
        text = page.extract_text()
    except Exception:
        # A broken page can raise anything inside the reader; it costs that page.
        return "", "the page cannot be read"
    text = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace").replace("\0", "")
    return (text.strip("\n"), "") if text.strip() else ("", "the page has no text: it is a picture or empty")


def _no_text(stored: Stored, count: int, first: Record) -> DataError:
    if first.problem != "the page has no text: it is a picture or empty":
        return DataError(
            f"{stored.says} has no page that can be read.", "Save it again, or copy its text out."
        )
    pages = "one page" if count == 1 else f"{count} pages"
    return DataError(
        f"{stored.says} has {pages} and no text: it is a scan, made of pictures.",
        "Let a program for text recognition (OCR), such as ocrmypdf, go over it first.",
    )


def _locked(stored: Stored) -> DataError:
    return DataError(
        f"{stored.says} is locked with a password.", "Open it with the password and save it without."
    )
