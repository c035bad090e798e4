"""Counts that say what a file is like: columns left empty, how often each label stands, which answers are longer."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

MOST_LABELS = 8
"""So many labels are counted out; the others together."""


class Tally:
    """Kept beside the rows while they go by.

    Parameters
    ----------
    columns
        The columns that may be empty without a row being left out for it.
    """

    def __init__(self, columns: Sequence[str]) -> None:
        self._empty = dict.fromkeys(columns, 0)
        self._rows = self._pairs = self._longer = 0

    def see(self, value: Mapping[str, Any]) -> None:
        """One record as it was read."""
        self._rows += 1
        for column in self._empty:
            given = value.get(column)
            if given in (None, "", [], {}) or (isinstance(given, str) and given.isspace()):
                self._empty[column] += 1

    def see_pair(self, row: Mapping[str, Any]) -> None:
        """One better and one worse answer that are kept."""
        chosen, rejected = (sum(len(one["content"]) for one in row[side]) for side in ("chosen", "rejected"))
        self._pairs += 1
        self._longer += chosen > rejected

    def notes(self, labels: Mapping[Any, int]) -> Iterator[str]:
        """The counts as phrases.

        Parameters
        ----------
        labels
            How many rows have each label; empty where the rows have none.
        """
        for column, count in self._empty.items():
            if count:
                yield f"the column {column!r} is empty in {count:,} of {self._rows:,} rows"
        if labels:
            ranked = sorted(labels.items(), key=lambda item: (-item[1], str(item[0])))
            said = [f"{_word(label)} {count:,}" for label, count in ranked[:MOST_LABELS]]
            others = sum(count for _, count in ranked[MOST_LABELS:])
            rest = [f"{len(ranked) - MOST_LABELS:,} others {others:,}"] if others else []
            yield f"rows of each label: {', '.join([*said, *rest])}"
        if self._pairs:
            share = self._longer / self._pairs
            yield f"the better answer is the longer one in {share:.1%} of {self._pairs:,} pairs"


def _word(label: Any) -> str:
    if isinstance(label, bool):
        return "true" if label else "false"
    return repr(label)[:60]
