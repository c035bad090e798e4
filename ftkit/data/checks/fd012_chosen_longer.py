"""FD012: the better answer is mostly just the longer one."""

from __future__ import annotations

import math

from ftkit.data.checks.seen import CheckFacts, Finding, Places, SeenRow

CODE = "FD012"
TITLE = "The better answer is mostly the longer one"
SEVERITY = "note"
FORMS: tuple[str, ...] = ("preference",)
MEANING = (
    "Length is the easiest difference to learn. If the better answer is mostly the longer one, the model may learn to "
    "write more, not better."
)
TRY = "Watch the length of the answers after training; balance the pairs, or add some whose better answer is short."
FIX: str | None = None

FEWEST = 30
SHARE = 0.6
STRONG = 0.75
# Three standard errors: chance alone gives this once in 700 data sets.
SURE = 3.0


class Check:
    """Counts in how many pairs the better answer has more letters."""

    def __init__(self, facts: CheckFacts, places: Places) -> None:
        self._longer, self._different = 0, 0

    def see(self, row: SeenRow) -> None:
        """Compare the lengths of one pair."""
        if len(row.answers) == 2:
            chosen, rejected = map(len, row.answers)
            self._different += chosen != rejected
            self._longer += chosen > rejected

    def finding(self) -> Finding | None:
        """The share, where it is large and no accident."""
        count = self._different
        if count < FEWEST:
            return None
        share = self._longer / count
        if share < SHARE or (share - 0.5) * 2 * math.sqrt(count) < SURE:
            return None
        return Finding(
            f"In {share:.0%} of the pairs whose answers differ in length the better answer is the longer one.",
            self._longer,
            severity="warning" if share >= STRONG else None,
        )
