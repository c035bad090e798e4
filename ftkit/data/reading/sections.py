"""Documents with headings as rows: one a section, saying where it comes from.

A section, not the whole document: a single long document could not be divided into parts to learn from and parts to
judge by, and a section is about one thing. What is longer than a model reads at once is cut by tokens later; what is
too short to teach anything alone stays with the section after it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from ftkit.data.records import Record

SHORT = 200
"""Characters: less than that under a heading is no section of its own."""

LONGEST_SECTION = 1_000_000


@dataclass(frozen=True)
class Heading:
    """A heading on its level, from 1, as it stands in the document."""

    level: int
    title: str
    written: str


def sections(pieces: Iterable[Heading | str], source: str) -> Iterator[Record]:
    """Records with the columns ``text``, ``source`` and ``section``.

    Parameters
    ----------
    pieces
        The document in its order: headings and lines of text. Headings below the second level begin no section.
    source
        The name of the document.
    """
    titles: list[str] = []
    lines: list[str] = []
    number = length = 0
    place = ""
    for piece in pieces:
        text = piece if isinstance(piece, str) else piece.written
        new = isinstance(piece, Heading) and piece.level <= 2
        if (new and length >= SHORT) or length > LONGEST_SECTION:
            if row := _row(lines, source, place):
                number += 1
                yield Record(number, row)
            lines, length, place = [], 0, place if not new else ""
        if isinstance(piece, Heading) and new:
            titles = [*titles[: piece.level - 1], piece.title]
            place = place or " › ".join(title for title in titles if title)
        lines.append(text)
        length += len(text)
    if row := _row(lines, source, place):
        yield Record(number + 1, row)


def _row(lines: list[str], source: str, place: str) -> dict[str, str] | None:
    text = "\n".join(lines).strip("\n")
    return {"text": text, "source": source, "section": place} if text.strip() else None
