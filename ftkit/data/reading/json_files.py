"""JSON files: a list of rows, one value a line, rows one after another, or a list inside an object.

The content decides, not the file's name: a ``.json`` file with one object a line is read as JSON lines.
"""

from __future__ import annotations

import json
from collections.abc import Generator, Iterator
from typing import Any

from ftkit.data.reading.encoding import Text, open_text
from ftkit.data.reading.json_cursor import Cursor, TooLongError
from ftkit.data.reading.json_lines import json_lines, parse_line
from ftkit.data.reading.json_shapes import WRAPPERS, rows_in, unwrapped, wrapper
from ftkit.data.reading.stored import Stored
from ftkit.data.reading.table import Table, at_least_one
from ftkit.data.records import Record
from ftkit.errors import DataError

SUFFIXES = (".json", ".jsonl", ".ndjson", ".jsonlines")
KIND = "JSON"
ROWS = True
_GOES_ON = ("{", "[", ",", ":")
"""How a line ends in the middle of an object."""


def open_table(stored: Stored) -> Table:
    """A JSON file whose form is known, and of which the first record was read to see that it can be.

    Raises
    ------
    DataError
        If it is broken at its beginning, empty, or holds no rows.
    """
    text = open_text(stored, long_lines=True)
    if stored.key:
        notes = (*text.notes, f"the rows are the list under {stored.key!r}")
        key = stored.key
        return Table(stored.path, "json", stored.name, False, notes, lambda: _sound(text, _inside(text, key)))
    form = _form(text)
    if form == "lines":
        # Now a line is a row, and may not be of any length.
        text = open_text(stored)
        table = Table(stored.path, "jsonl", stored.name, text.plain, text.notes, lambda: json_lines(text))
    elif form == "list":
        table = Table(
            stored.path, "json", stored.name, text.plain, text.notes, lambda: _sound(text, _list(text))
        )
    else:
        table = _object(text)
    if next(table.records(), None) is None:
        raise DataError(f"{stored.says} is empty.", "Choose a file with at least a few examples in it.")
    return table


def lists_in(stored: Stored) -> list[str]:
    """The keys of an object under which lists of rows stand; none where the file is no object, or a broken one."""
    text = open_text(stored, long_lines=True)
    if _form(text) != "object":
        return []
    cursor = Cursor(text)
    found = []
    try:
        for key in _keys(cursor):
            if cursor.peek() != "[":
                cursor.value()
                continue
            cursor.take()
            if all(isinstance(record.value, dict) for record in list(_items(cursor))[:1]):
                found.append(key)
        return found if cursor.take() == "}" and not cursor.peek() else []
    except DataError:
        return []
    finally:
        cursor.close()


def _form(text: Text) -> str:
    """``"list"``, ``"lines"`` (a row a line) or ``"object"`` (one, or several after one another)."""
    start = text.sample.lstrip("\ufeff \t\r\n")
    first, newline, rest = start.partition("\n")
    first = first.rstrip()
    called_lines = text.stored.suffix not in (".json", "")
    if not newline and not text.whole:
        # The first line is longer than the sample.
        return "list" if start.startswith("[") else "lines" if called_lines else "object"
    value, problem, (what, _) = parse_line(first)
    if not problem:
        if rest.strip() or not text.whole:
            # Some objects on one line, others over several.
            mixed = not called_lines and any(line.strip() == "{" for line in rest.split("\n", 1000))
            return "object" if mixed else "lines"
        if isinstance(value, (list, dict)):
            return "list" if isinstance(value, list) else "object"
        raise _no_rows(text, value)
    if what in ("extra data", "there is a comma after the object"):
        return "object" if _another(first) else "lines"
    second = rest.lstrip().partition("\n")[0].rstrip()
    if first.startswith("{") and second.startswith("{") and not parse_line(second)[1]:
        return "lines"
    if first.startswith("["):
        return "lines" if called_lines and first.endswith("]") else "list"
    if first.startswith("{"):
        # An object that is written over several lines goes on after the first one.
        return "object" if not called_lines or first.endswith(_GOES_ON) else "lines"
    return "lines" if called_lines else "list"


def _another(line: str) -> bool:
    """Whether objects stand one after another on the same line: ``{…} {…}``."""
    end = json.JSONDecoder().raw_decode(line)[1]
    return line[end:].lstrip().startswith("{")


def _list(text: Text) -> Iterator[Record]:
    cursor = Cursor(text)
    try:
        if cursor.peek() != "[":
            raise _no_rows(text, cursor.value()[0])
        cursor.take()
        count = yield from _items(cursor)
        if cursor.peek():
            raise cursor.broken("there is something after the end of the list")
        if not count:
            raise _empty_list(text)
    finally:
        cursor.close()


def _items(cursor: Cursor) -> Generator[Record, None, int]:
    """The values of a list whose opening bracket has been passed; returns how many."""
    number = 0
    if cursor.peek() == "]":
        cursor.take()
        return number
    while True:
        if cursor.peek() == "]":
            raise cursor.broken("there is a comma with nothing after it")
        number += 1
        yield _record(number, cursor)
        mark = cursor.peek()
        if mark not in (",", "]"):
            raise cursor.broken("a comma is missing" if mark else "the list ends too early")
        cursor.take()
        if mark == "]":
            return number


def _record(number: int, cursor: Cursor) -> Record:
    value, problem = cursor.value()
    if problem:
        return Record(number, None, problem.replace("it ", "the row ", 1))
    return Record(number, unwrapped(value))


def _object(text: Text) -> Table:
    """One object: a wrapper around the list of rows, a row itself, or the first of several rows."""
    stored = text.stored
    cursor = Cursor(text)
    try:
        whole, problem = cursor.value()
        several = bool(cursor.peek())
    except TooLongError:
        key = _long_list(text)
        notes = (*text.notes, f"only the list under {key!r} is read")
        return Table(stored.path, "json", stored.name, False, notes, lambda: _sound(text, _inside(text, key)))
    finally:
        cursor.close()
    one = isinstance(whole, dict) and not several and not problem
    key = wrapper(whole) if one else ""
    if key:
        others = ", ".join(repr(other)[:40] for other in list(whole)[:6] if other != key)
        notes = (
            *text.notes,
            f"the rows are the list under {key!r}" + (f"; not read: {others}" if others else ""),
        )
        return Table(stored.path, "json", stored.name, False, notes, lambda: _sound(text, _inside(text, key)))
    shape = rows_in(whole) if one else None
    if shape:
        notes = (*text.notes, shape[1])
        return Table(stored.path, "json", stored.name, False, notes, lambda: _shaped(text))
    # datasets reads an object on one line as a row, and not one that is written over several.
    line = not several and "\n" not in text.sample.strip()
    return Table(
        stored.path,
        "jsonl" if line else "json",
        stored.name,
        line and text.plain,
        text.notes,
        lambda: _sound(text, _values(text)),
    )


def _shaped(text: Text) -> Iterator[Record]:
    """The rows of an object that holds them in another way than as a list; they are read anew each time."""
    cursor = Cursor(text)
    try:
        shape = rows_in(cursor.value()[0])
    finally:
        cursor.close()
    for number, row in enumerate(shape[0] if shape else (), 1):
        yield Record(number, row)


def _values(text: Text) -> Iterator[Record]:
    cursor = Cursor(text)
    try:
        number = 0
        while cursor.peek():
            number += 1
            yield _record(number, cursor)
            if cursor.peek() == ",":
                raise cursor.broken("there is a comma after the object")
    finally:
        cursor.close()


def _inside(text: Text, wanted: str) -> Iterator[Record]:
    """The rows of the list under one key of an object."""
    cursor = Cursor(text)
    try:
        for key in _keys(cursor):
            if key == wanted and cursor.peek() == "[":
                cursor.take()
                yield from _items(cursor)
                return
            cursor.value()
    finally:
        cursor.close()


def _long_list(text: Text) -> str:
    """The key of the list of rows in an object that is too long to be read at once."""
    cursor = Cursor(text)
    try:
        for key in _keys(cursor):
            if key.strip().lower() in WRAPPERS and cursor.peek() == "[":
                return key
            cursor.value()
    finally:
        cursor.close()
    raise DataError(
        f"{text.stored.says} holds one object and no list of examples.",
        'Write a list, [{"prompt": "…", "response": "…"}, …], or one object a line.',
    )


def _keys(cursor: Cursor) -> Iterator[str]:
    """The keys of an object; whoever asks for the next one has read the value of the last."""
    cursor.take()
    while cursor.peek() == '"':
        yield cursor.key()
        if cursor.peek() == ",":
            cursor.take()


def _sound(text: Text, records: Iterator[Record]) -> Iterator[Record]:
    return at_least_one(
        records,
        lambda first: DataError(
            f"{text.stored.says} cannot be read as JSON: {first.problem} (row {first.number}).",
            "A row should be a flat group of columns.",
        ),
    )


def _no_rows(text: Text, value: Any) -> DataError:
    kind = {str: "text", bool: "truth value", type(None): "null"}.get(type(value), "number")
    return DataError(
        f"{text.stored.says} holds one {kind}, not a list of examples.",
        'A row looks like {"prompt": "…", "response": "…"}.',
    )


def _empty_list(text: Text) -> DataError:
    return DataError(
        f"{text.stored.says} holds an empty list.", "Choose a file with at least a few examples in it."
    )
