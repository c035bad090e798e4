"""Excel: the rows of one sheet below its header."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from ftkit.data.reading.archives import check_zip
from ftkit.data.reading.stored import Stored
from ftkit.data.reading.table import Table, at_least_one
from ftkit.data.reading.values import plain_value
from ftkit.data.records import Record
from ftkit.errors import DataError, MissingPackageError

SUFFIXES = (".xlsx", ".xlsm", ".xls")
KIND = "Excel"
ROWS = True
LARGEST_TEXTS = 128 * 2**20
"""openpyxl holds all texts of the sheets at once."""

OLD = b"\xd0\xcf\x11\xe0"


def open_table(stored: Stored) -> Table:
    """An Excel file of which the first sheet with rows was found.

    Raises
    ------
    DataError
        If it is damaged, locked, of the format before 2007, or without rows.
    MissingPackageError
        If openpyxl is not installed.
    """
    with stored.seekable() as file:
        if file.read(4) == OLD:
            raise DataError(
                f"{stored.says} is in the format before 2007, or locked with a password.",
                "Open it in the spreadsheet and save it as .xlsx or CSV, without a password.",
            )
    with _workbook(stored) as book:
        sheets = [sheet.title for sheet in book.worksheets]
        chosen = next((sheet.title for sheet in book.worksheets if _has_rows(sheet)), None)
        if chosen is None:
            raise DataError(
                f"{stored.says} has no sheet with column names and rows.",
                "Choose a file with examples in it.",
            )
        names = _names(stored, next(_filled(book[chosen])))
    notes: tuple[str, ...] = (f"the rows are those of the sheet {chosen!r}",)
    if others := [title for title in sheets if title != chosen]:
        notes += (f"not read: {', '.join(map(repr, others[:5]))}",)
    return Table(
        stored.path,
        "excel",
        stored.name,
        False,
        notes,
        lambda: at_least_one(
            _records(stored, chosen, names),
            lambda first: DataError(
                f"{stored.says}: {first.problem}.", "Give every column a name in the first row."
            ),
        ),
    )


@contextmanager
def _workbook(stored: Stored) -> Iterator[Any]:
    try:
        import openpyxl
    except ImportError as error:
        raise MissingPackageError(
            "Reading Excel files takes the package openpyxl.", "pip install 'ftkit[office]'"
        ) from error
    with stored.seekable() as file, warnings.catch_warnings():
        check_zip(stored, file, LARGEST_TEXTS, "sharedStrings.xml")
        # openpyxl warns of styles and charts that it leaves out; nobody here wants them.
        warnings.simplefilter("ignore")
        try:
            book = openpyxl.load_workbook(file, read_only=True, data_only=True, keep_links=False)
            try:
                yield book
            finally:
                book.close()
        except (DataError, MissingPackageError):
            raise
        except Exception as error:
            text = (str(error).partition("\n")[0] or type(error).__name__)[:200]
            raise DataError(
                f"{stored.says} is not a sound Excel file: {text.rstrip('.')}.", "Save it again, or as CSV."
            ) from error


def _filled(sheet: Any) -> Iterator[tuple[Any, ...]]:
    """The rows of a sheet in which anything stands, without the empty cells at their ends."""
    # What a file says about its size may be wrong; then openpyxl would read a million empty rows.
    sheet.reset_dimensions()
    for row in sheet.iter_rows(values_only=True):
        last = len(row)
        while last and row[last - 1] is None:
            last -= 1
        if last:
            yield row[:last]


def _has_rows(sheet: Any) -> bool:
    rows = _filled(sheet)
    return next(rows, None) is not None and next(rows, None) is not None


def _names(stored: Stored, header: tuple[Any, ...]) -> list[str]:
    names = ["" if cell is None else str(cell).strip() for cell in header]
    doubled = sorted({name for name in names if names.count(name) > 1})
    if doubled:
        raise DataError(
            f"{stored.says} has two columns called {doubled[0]!r}.", "Give every column a name of its own."
        )
    return names


def _records(stored: Stored, sheet: str, names: list[str]) -> Iterator[Record]:
    width = len(names)
    with _workbook(stored) as book:
        for number, row in enumerate(_filled(book[sheet])):
            if number == 0:
                continue
            if len(row) > width:
                yield Record(number, None, "the row has more fields than there are column names")
                continue
            cells = [plain_value(cell) for cell in row] + [None] * (width - len(row))
            yield Record(number, dict(zip(names, cells, strict=True)))
