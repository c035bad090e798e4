"""Markdown: a row a section, as it is written."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ftkit.data.reading.encoding import Text, open_text
from ftkit.data.reading.sections import Heading, sections
from ftkit.data.reading.stored import Stored
from ftkit.data.reading.table import Table

SUFFIXES = (".md", ".markdown")
KIND = "Markdown"
ROWS = False

_HEADING = re.compile(r" {0,3}(#{1,6})(?:[ \t]+(.*?))?(?:[ \t]+#+)?[ \t]*$")
_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})")
_FRONT_MATTER = re.compile(r"\ufeff?---[ \t]*\r?\n(?:.*\r?\n)*?(?:---|\.\.\.)[ \t]*(?:\r?\n|$)")
LONGEST_FRONT_MATTER = 20_000


def open_table(stored: Stored) -> Table:
    """A Markdown file of which the beginning was read.

    Raises
    ------
    DataError
        If it is empty, no text, or has a line of many megabytes.
    """
    text = open_text(stored)
    front = _FRONT_MATTER.match(text.sample[:LONGEST_FRONT_MATTER])
    skip = front.group().count("\n") if front else 0
    notes = ("a row is a section",) + (("the settings between --- at the top are left out",) if skip else ())
    return Table(
        stored.path,
        "markdown",
        stored.name,
        False,
        (*text.notes, *notes),
        lambda: sections(_pieces(text, skip), stored.label),
    )


def _pieces(text: Text, skip: int) -> Iterator[Heading | str]:
    fence = ""
    for number, raw in enumerate(text.lines(), 1):
        line = raw.rstrip("\r\n")
        if number <= skip:
            continue
        if mark := _FENCE.match(line[:100]):
            # A code block ends with the same marks, at least as many; a # inside it is a comment.
            if not fence:
                fence = mark[1]
            elif mark[1].startswith(fence) and not line.strip(" \t" + fence[0]):
                fence = ""
        elif not fence and line.startswith((" ", "#")) and (heading := _HEADING.match(line[:1000])):
            yield Heading(len(heading[1]), heading[2] or "", line)
            continue
        yield line
