"""Plain text: a row a line where the lines are separate texts, a row a paragraph where lines were only broken to fit."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise

from ftkit.data.reading.encoding import Text, open_text
from ftkit.data.reading.stored import Stored
from ftkit.data.reading.table import Table
from ftkit.data.records import Record

SUFFIXES = (".txt", ".text")
KIND = "text"
ROWS = False
SNIFFED = 2**18
LONGEST_PARAGRAPH = 20_000
ENDS = tuple(".!?:;…\"'”’»)]。！？」")
_MIDDLE = re.compile(r"[.!?][\"'”’)]* +[\"'“‘(]*\w")


def open_table(stored: Stored) -> Table:
    """A text file of which the beginning was read.

    Raises
    ------
    DataError
        If it is empty, no text, or has a line of many megabytes.
    """
    text = open_text(stored)
    if wrapped(text.sample[:SNIFFED]):
        note = "the lines are broken in mid-sentence, so a row is a paragraph"
        return Table(stored.path, "text", stored.name, False, (*text.notes, note), lambda: _paragraphs(text))
    return Table(
        stored.path, "text", stored.name, False, (*text.notes, "a row is a line"), lambda: _lines(text)
    )


def wrapped(sample: str) -> bool:
    """Whether lines were broken only to fit a page.

    Then many go on, in lower case, where the one before did not end, and sentences end in the middle of lines, which
    they do not in a list of titles or keywords.
    """
    lines = [line.strip() for line in sample.splitlines()[:5000]]
    full = sorted(len(line) for line in lines if line)
    if len(full) < 4 or full[len(full) // 2] < 30 or full[int(len(full) * 0.95)] > 200:
        return False
    follows = [(before, line) for before, line in pairwise(lines) if before and line]
    going_on = sum(not before.endswith(ENDS) and line[0].islower() for before, line in follows)
    ending = sum(_MIDDLE.search(line) is not None for line in lines)
    return len(follows) >= 3 and ending > 0.1 * len(full) and going_on > 0.25 * len(follows)


def _lines(text: Text) -> Iterator[Record]:
    for number, line in enumerate(text.lines(), 1):
        if not line.isspace():
            yield Record(number, {"text": line.rstrip("\r\n")})


def _paragraphs(text: Text) -> Iterator[Record]:
    """Lines up to a blank one; a paragraph without end is cut where a line ends."""
    number, start, length, block = 0, 0, 0, list[str]()
    for number, line in enumerate(text.lines(), 1):
        if line.isspace() or length > LONGEST_PARAGRAPH:
            if block:
                yield Record(start, {"text": "\n".join(block)})
            block, length = [], 0
        if not line.isspace():
            start = start if block else number
            block.append(line.rstrip("\r\n"))
            length += len(line)
    if block:
        yield Record(start, {"text": "\n".join(block)})
