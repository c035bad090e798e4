"""Where every record of a source went: into which rows, or out, and why."""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

FIRST_ROWS = 10


@dataclass(frozen=True)
class Skipped:
    """Rows left out for one reason.

    Attributes
    ----------
    reason
        Why, as a phrase.
    count
        How many.
    first_rows
        The numbers of the first ten, from 1: lines of a JSONL file, else positions.
    file
        The name of the file they stand in.
    """

    reason: str
    count: int
    first_rows: tuple[int, ...]
    file: str


class Ledger:
    """One entry for every record: it became rows, or was left out for a reason. A few bytes each.

    Attributes
    ----------
    rows
        Records seen.
    first, size
        For each record that became rows, in order: its first row's ordinal, and how many it became.
    number, file, part, label
        Its number in its file, and the places of its file, part and label in `files`, `parts` and `labels`.
    """

    def __init__(self) -> None:
        self.rows = 0
        self.first, self.size = array("q"), array("i")
        self.number, self.file, self.part, self.label = array("q"), array("i"), array("b"), array("i")
        self.files: list[str] = []
        self.parts: list[str] = []
        self.labels: dict[Any, int] = {}
        self._left_out: dict[tuple[str, str], list[int]] = {}
        self._counts: dict[tuple[str, str], int] = {}

    def take(self, part: str, file: str, number: int, first: int, size: int, label: Any = None) -> int:
        """A record became rows; its ordinal among those that did is given back."""
        self.rows += 1
        self.first.append(first)
        self.size.append(size)
        self.number.append(number)
        self.file.append(_place(self.files, file))
        self.part.append(_place(self.parts, part))
        self.label.append(self.labels.setdefault(label, len(self.labels)))
        return len(self.first) - 1

    def skip(self, file: str, number: int, reason: str) -> None:
        """A record is left out."""
        self.rows += 1
        self._note(file, number, reason)

    def skipped(self, dropped: Mapping[int, str]) -> tuple[Skipped, ...]:
        """All that is left out, most frequent first.

        Parameters
        ----------
        dropped
            Records that became rows none of which is kept: their ordinals, and why.
        """
        later = Ledger()
        later._left_out = {key: list(numbers) for key, numbers in self._left_out.items()}
        later._counts = dict(self._counts)
        for record, reason in sorted(dropped.items()):
            later._note(self.files[self.file[record]], self.number[record], reason)
        return tuple(later._reasons())

    def _note(self, file: str, number: int, reason: str) -> None:
        key = (file, reason)
        self._counts[key] = self._counts.get(key, 0) + 1
        first = self._left_out.setdefault(key, [])
        if len(first) < FIRST_ROWS:
            first.append(number)

    def _reasons(self) -> Iterator[Skipped]:
        for (file, reason), count in sorted(self._counts.items(), key=lambda item: (-item[1], item[0])):
            yield Skipped(reason, count, tuple(sorted(self._left_out[file, reason])), file)


def _place(names: list[str], name: str) -> int:
    if not names or names[-1] != name:
        if name in names:
            return names.index(name)
        names.append(name)
    return names.index(name) if names[-1] != name else len(names) - 1
