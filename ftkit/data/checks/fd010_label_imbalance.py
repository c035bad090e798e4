"""FD010: some labels are rare beside others."""

from __future__ import annotations

from collections import Counter
from typing import Any

from ftkit.data.checks.seen import CheckFacts, Finding, Places, SeenRow

CODE = "FD010"
TITLE = "Labels out of balance"
SEVERITY = "warning"
FORMS: tuple[str, ...] = ("classification", "unpaired", "stepwise")
MEANING = (
    "Where one label is much more frequent than another, always answering the frequent one is already right most of "
    "the time; the rare one is hardly learned, and accuracy hides it."
)
TRY = (
    "Add rows with the rare labels, and look at the results label by label rather than at the accuracy alone."
)
FIX: str | None = None

TIMES = 10
UNPAIRED_TIMES = 3
# More kinds than that, and they are no classes but numbers or names.
_MOST = 10_000


class Check:
    """Counts the labels."""

    def __init__(self, facts: CheckFacts, places: Places) -> None:
        self._form = facts.form
        self._counts: Counter[Any] = Counter()
        self._rows = 0

    def see(self, row: SeenRow) -> None:
        """Count one row's labels."""
        self._rows += 1
        labels = row.row.get("labels") or () if self._form == "stepwise" else (row.label,)
        for label in labels:
            key = label if isinstance(label, (str, int, bool)) else repr(label)
            if key in self._counts or len(self._counts) < _MOST:
                self._counts[key] += 1

    def finding(self) -> Finding | None:
        """What is missing, too rare, or no label at all."""
        if self._rows < 2:
            return None
        counts = self._counts.most_common()
        if not counts:
            return None
        if len(counts) == 1:
            return Finding(
                "All rows have the same label: there is nothing to tell apart.", self._rows, severity="error"
            )
        if len(counts) > 20 and 2 * len(counts) > self._rows:
            return Finding(
                f"There are {len(counts):,} different labels in {self._rows:,} rows: this looks like a number or a "
                "name, not like classes.",
                self._rows,
            )
        (_, most), (_, fewest) = counts[0], counts[-1]
        limit = TIMES if self._form == "classification" else UNPAIRED_TIMES
        if most < limit * fewest:
            return None
        return Finding(
            f"The most frequent of {len(counts)} labels stands {most:,} times, the rarest {fewest:,} "
            f"{'time' if fewest == 1 else 'times'}.",
            fewest,
            severity="note" if self._form == "stepwise" else None,
        )
