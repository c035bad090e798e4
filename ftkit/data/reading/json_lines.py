"""JSON lines: one value a line. A line that is broken costs that line."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from ftkit.data.reading.encoding import Text
from ftkit.data.reading.json_cursor import DEEPEST, TOO_DEEP, TOO_MANY_DIGITS, depth, describe
from ftkit.data.reading.stored import Stored
from ftkit.data.reading.table import at_least_one
from ftkit.data.records import Record
from ftkit.errors import DataError


def json_lines(text: Text) -> Iterator[Record]:
    """The records of a file with one JSON value a line; blank lines are stepped over.

    Raises
    ------
    DataError
        If no line is JSON.
    """
    places: dict[int, tuple[str, str]] = {}
    return at_least_one(_records(text, places), lambda first: _nothing(text.stored, first.number, places))


def _records(text: Text, places: dict[int, tuple[str, str]]) -> Iterator[Record]:
    for number, line in enumerate(text.lines(), 1):
        if line.isspace():
            continue
        value, problem, place = parse_line(line)
        if problem and not places:
            places[number] = place
        yield Record(number, value, problem)


def parse_line(line: str) -> tuple[Any, str, tuple[str, str]]:
    """The value of one line, the reason why there is none, and that reason and its place for a message."""
    try:
        value = json.loads(line)
    except json.JSONDecodeError as error:
        what = describe(error, line)
        comma = what.startswith("there is a comma")
        return None, what if comma else "the line is not valid JSON", (what, f", column {error.colno}")
    except RecursionError:
        return None, "the line is nested too deeply", (TOO_DEEP, "")
    except ValueError:
        return None, "the line holds a number of thousands of digits", (TOO_MANY_DIGITS, "")
    if line.count("[") + line.count("{") > DEEPEST and depth(value) > DEEPEST:
        return None, "the line is nested too deeply", (TOO_DEEP, "")
    return value, "", ("", "")


def _nothing(stored: Stored, line: int, places: dict[int, tuple[str, str]]) -> DataError:
    what, column = places[line]
    return DataError(
        f"{stored.says} has no line that is valid JSON: {what} in line {line}{column}.",
        'Every line should be one object, such as {"prompt": "…", "response": "…"}, with no comma after it.',
    )
