"""CSV and TSV: the delimiter and the way of quoting are those with which the rows fit the header."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any

from ftkit.data.reading.encoding import LONGEST_LINE, Text, open_text
from ftkit.data.reading.stored import Stored
from ftkit.data.reading.table import Table, at_least_one
from ftkit.data.records import Record
from ftkit.errors import DataError

SUFFIXES = (".csv", ".tsv", ".tab")
KIND = "CSV"
ROWS = True
SNIFFED = 2**18
AT_ONCE = 64
LOOKED_AT = 200
LONGEST_NAME = 80
_SENTENCE = re.compile(r"\w \w.* \w.*[.!?]['\"]?\s*$")
_NAME = re.compile(r"[^\W\d][\w .-]{0,40}")
KNOWN = {
    *("text", "label", "prompt", "completion", "response", "instruction", "input", "output", "question"),
    *("answer", "context", "chosen", "rejected", "sentence", "category", "summary", "title"),
}
"""Names of columns by which a table is told from prose with commas."""
NAMES = {",": "a comma", ";": "a semicolon", "\t": "a tab", "|": "a vertical bar"}


@dataclass(frozen=True)
class Dialect:
    """How the fields of a file are told apart."""

    delimiter: str
    quote: str = '"'
    backslash: bool = False

    def reader(self, lines: Iterator[str]) -> Any:
        """The rows of these lines; a stray quotation mark raises ``csv.Error``."""
        if not self.quote:
            return csv.reader(lines, delimiter=self.delimiter, quoting=csv.QUOTE_NONE, strict=True)
        return csv.reader(
            lines,
            delimiter=self.delimiter,
            quotechar=self.quote,
            doublequote=not self.backslash,
            escapechar="\\" if self.backslash else None,
            strict=True,
        )

    def note(self) -> Iterator[str]:
        """What is not usual about it."""
        if self.delimiter != ",":
            yield f"the fields are separated by {NAMES[self.delimiter]}"
        if not self.quote:
            yield "quotation marks are taken as part of the text"
        elif self.quote != '"':
            yield "texts stand between single quotation marks"
        if self.backslash:
            yield 'a quotation mark inside a text is written \\"'


def open_table(stored: Stored) -> Table:
    """A CSV file whose header was read.

    Raises
    ------
    DataError
        If there is no row, two columns have the same name, or a quotation mark is never closed.
    """
    text = open_text(stored)
    sample, announced = text.sample[:SNIFFED], re.match(r"sep=([,;\t|])\r?\n", text.sample)
    if announced:
        # Excel's own way of saying it.
        dialect = _quoting(sample[announced.end() :], Dialect(announced[1]))
    else:
        dialect = sniff(sample, tabs=stored.suffix != ".csv")
    skip = int(announced is not None)
    some = list(islice(_rows(text, dialect, skip), LOOKED_AT))
    header = some[0] if some else None
    if header is None or isinstance(header, str):
        raise _not_csv(text, header or "it has no rows", 1)
    notes = (*text.notes, *dialect.note())
    nameless = _is_a_row(header, [row for row in some[1:] if not isinstance(row, str)])
    names = [name.strip() for name in header]
    if nameless:
        names = [f"column {place}" for place in range(1, len(header) + 1)]
        notes = (*notes, "there are no column names: the first row holds values like those below it")
    if len(set(names)) < len(names):
        doubled = min(name for name in names if names.count(name) > 1)
        raise DataError(
            f"{stored.says} has two columns called {doubled!r}.", "Give every column a name of its own."
        )
    table = Table(
        stored.path,
        "tsv" if dialect.delimiter == "\t" else "csv",
        stored.name,
        text.plain and dialect == Dialect(",") and not announced and not nameless,
        notes,
        lambda: at_least_one(
            _records(text, dialect, skip, names, [] if nameless else header),
            lambda first: _not_csv(text, f"{first.problem}, and no other row is better", first.number),
        ),
    )
    if next(table.records(), None) is None:
        raise DataError(
            f"{stored.says} has column names and no rows.", "Choose a file with at least a few examples."
        )
    return table


def sniff(sample: str, *, tabs: bool) -> Dialect:
    """The dialect in which most rows have as many fields as the header."""
    first = sample.partition("\n")[0]
    order = sorted(",;\t|", key=lambda mark: (-first.count(mark), mark != ("\t" if tabs else ",")))
    candidates = [Dialect(mark) for mark in order if mark in first]
    if not candidates:
        return _quoting(sample, Dialect("\t" if tabs else ","))
    best = max(
        candidates,
        key=lambda dialect: round(max(_fit(sample, dialect), _fit(sample, replace(dialect, quote=""))), 2),
    )
    return _quoting(sample, best)


def _quoting(sample: str, usual: Dialect) -> Dialect:
    """The usual way of quoting, unless clearly more rows fit with another one."""
    # Commas and semicolons stand in every text: where they are delimiters, quotation marks have a meaning.
    others = [replace(usual, quote="")] if usual.delimiter in "\t|" else [usual]
    if re.search(rf"(^|{re.escape(usual.delimiter)})'", sample, re.MULTILINE):
        others.append(replace(usual, quote="'"))
    if '\\"' in sample:
        others.append(replace(usual, backslash=True))
    best = max(others, key=lambda dialect: _fit(sample, dialect))
    return best if _fit(sample, best) > _fit(sample, usual) + 0.02 else usual


def _fit(sample: str, dialect: Dialect) -> float:
    """Which share of the sample's rows has as many fields as the first one."""
    # The last line may have been cut.
    lines = io.StringIO(sample[: sample.rfind("\n") + 1] or sample, newline="")
    rows = [row for row in _read(dialect.reader(lines)) if row]
    if not rows or isinstance(rows[0], str):
        return 0.0
    return sum(not isinstance(row, str) and len(row) == len(rows[0]) for row in rows) / len(rows)


def _read(reader: Any) -> Iterator[list[str] | str]:
    """Rows; in place of one that is not well formed, what is wrong with it."""
    while True:
        try:
            row = next(reader, None)
        except csv.Error as error:
            yield str(error)
            continue
        if row is None:
            return
        yield row


def _rows(text: Text, dialect: Dialect, skip: int) -> Iterator[list[str] | str]:
    lines = text.lines("")
    reader = dialect.reader(islice(lines, skip, None))
    rows = _read(reader)
    try:
        while True:
            # The limit belongs to the whole process: it is ours only while rows are read.
            with _field_limit():
                some = list(islice(rows, AT_ONCE))
            for row in some:
                if isinstance(row, str) and ("unexpected end" in row or "field limit" in row):
                    raise _not_csv(text, "a quotation mark is opened and never closed", reader.line_num)
                if row:
                    yield row
            if len(some) < AT_ONCE:
                return
    finally:
        lines.close()  # type: ignore[attr-defined]


@contextmanager
def _field_limit() -> Iterator[None]:
    before = csv.field_size_limit(LONGEST_LINE)
    try:
        yield
    finally:
        csv.field_size_limit(before)


def _is_a_row(header: list[str], rows: list[list[str]]) -> bool:
    """Whether the first row holds no names but values: a long text or a sentence, or what stands below it again."""
    rows = [row for row in rows if len(row) == len(header) and row != header]
    if len(rows) < 2 or len(header) < 2:
        return False
    for place, cell in enumerate(header):
        # Questions of a survey are long names, too; but what stands below them is short.
        usual = sorted(len(row[place]) for row in rows)[len(rows) // 2]
        if (len(cell) > LONGEST_NAME or "\n" in cell or _SENTENCE.search(cell)) and 3 * usual > len(cell):
            return True
    below = [{row[place] for row in rows} for place in range(len(header))]
    return any(cell.strip() and cell in below[place] for place, cell in enumerate(header))


def fits_a_header(sample: str) -> bool:
    """Whether a text is a table: short names in its first line, and below it rows with as many fields."""
    head, newline, rest = sample.partition("\n")
    if not newline or "\n" not in rest.strip("\n") + "\n":
        return False
    dialect = sniff(sample, tabs=True)
    names = [name.strip() for name in head.rstrip("\r").split(dialect.delimiter)]
    named = all(_NAME.fullmatch(name) for name in names) and len(set(names)) == len(names)
    known = dialect.delimiter == "\t" or (named and KNOWN.intersection(map(str.lower, names)))
    return len(names) > 1 and bool(known) and _fit(sample, dialect) > 0.9


def _records(
    text: Text, dialect: Dialect, skip: int, names: list[str], header: list[str]
) -> Iterator[Record]:
    """The records below the header; all of them where it is empty, because there is none."""
    width = len(names)
    for number, row in enumerate(_rows(text, dialect, skip), 0 if header else 1):
        if number == 0:
            continue
        if isinstance(row, str):
            yield Record(number, None, "a quotation mark stands where none may be")
        elif row == header and number > 1:
            yield Record(number, None, "the row repeats the column names")
        elif len(row) == width:
            yield Record(number, dict(zip(names, row, strict=True)))
        else:
            word = "more" if len(row) > width else "fewer"
            yield Record(number, None, f"the row has {word} fields than there are column names")


def _not_csv(text: Text, what: str, line: int) -> DataError:
    return DataError(
        f"{text.stored.says} is not valid CSV: {what} near line {line}.",
        'Look for a quotation mark that is opened and never closed, or write "" for a quotation mark in a text.',
    )
