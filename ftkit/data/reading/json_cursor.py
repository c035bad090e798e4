"""JSON values read one after another from a file that is never held whole."""

from __future__ import annotations

import json
import re
from typing import Any

from ftkit.data.reading.encoding import CHUNK, LONGEST_LINE, Text
from ftkit.errors import DataError

MARGIN = 5000
"""A value this close to the end of what was read may go on: numbers have no closing mark (Python's have at most 4300 digits)."""

DEEPEST = 100
"""Nested more deeply than any example, and too deeply for much of what comes after reading."""

TOO_DEEP = "it is nested too deeply"
TOO_MANY_DIGITS = "it holds a number of thousands of digits"

_SPACE = re.compile(r"[ \t\n\r]*")
_DECODER = json.JSONDecoder()


class TooLongError(DataError):
    """A value is longer than a row may be."""


class TooManyDigits(str):
    """A number that Python will not read, left as it was written."""

    __slots__ = ()


_PATIENT = json.JSONDecoder(
    parse_int=lambda digits: int(digits) if len(digits) < 4000 else TooManyDigits(digits)
)


class Cursor:
    """A place in a JSON file, moving forward."""

    def __init__(self, text: Text) -> None:
        self._stored = text.stored
        self._file = text.open()
        self._buffer, self._at, self._lines, self._ended = "", 0, 0, False

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def peek(self) -> str:
        """The next character that is no white space; empty at the end."""
        while True:
            end = _SPACE.match(self._buffer, self._at)
            assert end is not None  # it matches nothing at all, too
            self._at = end.end()
            if self._at < len(self._buffer):
                return self._buffer[self._at]
            if self._ended:
                return ""
            self._more()

    def take(self) -> str:
        """The same, and step over it."""
        mark = self.peek()
        self._at += bool(mark)
        return mark

    def value(self) -> tuple[Any, str]:
        """The value that begins here, and what is wrong with it although it can be read.

        Raises
        ------
        DataError
            If it is no JSON, or longer than a row may be.
        """
        self.peek()
        decoder = _DECODER
        while True:
            try:
                value, end = decoder.raw_decode(self._buffer, self._at)
            except json.JSONDecodeError as error:
                if self._ended:
                    raise self._broken(describe(error, self._buffer), error.pos) from error
                if len(self._buffer) - self._at > LONGEST_LINE:
                    raise self._endless(error) from error
            except RecursionError as error:
                raise self._broken(TOO_DEEP, self._at) from error
            except ValueError:
                decoder = _PATIENT
                continue
            else:
                if end <= len(self._buffer) - MARGIN or self._ended:
                    if end - self._at > LONGEST_LINE:
                        raise self._too_long()
                    problem = TOO_MANY_DIGITS if decoder is _PATIENT else ""
                    marks = self._buffer.count("[", self._at, end) + self._buffer.count("{", self._at, end)
                    if marks > DEEPEST and depth(value) > DEEPEST:
                        problem = TOO_DEEP
                    self._at = end
                    return value, problem
            self._more()

    def key(self) -> str:
        """The key that begins here, past its colon."""
        key, _ = self.value()
        if not isinstance(key, str) or self.take() != ":":
            raise self.broken("a colon is missing")
        return key

    def broken(self, what: str) -> DataError:
        """What to raise for something that does not belong here."""
        return self._broken(what, self._at)

    def _more(self) -> None:
        """Read on; twice as much each time, so that a long value is not tried over and over."""
        self._lines += self._buffer.count("\n", 0, self._at)
        rest = self._buffer[self._at :]
        piece = self._file.read(max(CHUNK, len(rest)))
        self._buffer, self._at, self._ended = rest + piece, 0, not piece

    def _broken(self, what: str, where: int) -> DataError:
        line = self._lines + self._buffer.count("\n", 0, where) + 1
        start = self._buffer.rfind("\n", 0, where) + 1
        # The beginning of the line may be gone already; then its number is all that can be said.
        column = f", column {where - start + 1}" if start or not self._lines else ""
        return DataError(
            f"{self._stored.says} is not valid JSON: {what} in line {line}{column}.",
            "Mend that place, or write one JSON object a line and call the file .jsonl.",
        )

    def _endless(self, error: json.JSONDecodeError) -> DataError:
        if error.pos < len(self._buffer) - MARGIN and not error.msg.startswith("Unterminated string"):
            return self._broken(describe(error, self._buffer), error.pos)
        return self._too_long()

    def _too_long(self) -> TooLongError:
        line = self._lines + self._buffer.count("\n", 0, self._at) + 1
        return TooLongError(
            f"{self._stored.says} has one example of more than {LONGEST_LINE // 2**20} MB, in line {line}.",
            "Look whether a quotation mark or a bracket is missing there, or cut the example into several.",
        )


def depth(value: Any) -> int:
    """How deeply lists and groups are nested in one another; counted without recursion."""
    level, here = 0, [value]
    while here:
        below: list[Any] = []
        for item in here:
            if isinstance(item, dict):
                below.extend(item.values())
            elif isinstance(item, list):
                below.extend(item)
        if not any(isinstance(item, (dict, list)) for item in here):
            break
        level, here = level + 1, below
    return level


def describe(error: json.JSONDecodeError, text: str) -> str:
    """Python's message in plainer words, with the commonest slip named."""
    before = text[max(0, error.pos - 1000) : error.pos].rstrip()
    if before.endswith(",") and text[error.pos : error.pos + 1] in ("]", "}", ""):
        return "there is a comma with nothing after it"
    if error.msg.startswith("Illegal trailing comma"):
        return "there is a comma with nothing after it"
    if error.msg == "Extra data" and text[error.pos : error.pos + 1] == ",":
        return "there is a comma after the object"
    return error.msg[:1].lower() + error.msg[1:]
