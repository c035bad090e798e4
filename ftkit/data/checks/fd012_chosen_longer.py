"""FD012: which answer is the better one can be told by its length."""

from __future__ import annotations

import math

from ftkit.data.checks.seen import FIRST_ROWS, CheckFacts, Finding, Place, Places, SeenRow

CODE = "FD012"
TITLE = "Length gives the better answer away"
SEVERITY = "note"
FORMS: tuple[str, ...] = ("preference",)
MEANING = (
    "Length is the easiest difference to learn. If the better answer is mostly the longer one, the model may learn to "
    "write more, not better; if it is mostly the shorter one, to write less."
)
TRY = (
    "Watch the length of the answers after training; add pairs in which the better answer is the other way round in "
    "length, or take some out until both cases are about as frequent."
)
FIX: str | None = None

FEWEST = 30
SHARE = 0.6
STRONG = 0.75
_Z = 1.96


class Check:
    """Counts in how many pairs the better answer has more letters."""

    def __init__(self, facts: CheckFacts, places: Places) -> None:
        self._counts = [0, 0]
        self._letters = [0, 0]
        self._first: tuple[list[Place], list[Place]] = ([], [])

    def see(self, row: SeenRow) -> None:
        """Compare the lengths of one pair."""
        chosen, rejected = (len(answer) for answer in row.answers)
        if chosen == rejected:
            return
        longer = chosen > rejected
        self._counts[longer] += 1
        self._letters[0] += chosen
        self._letters[1] += rejected
        if self._counts[longer] <= FIRST_ROWS:
            self._first[longer].append(Place(row.file, row.number))

    def finding(self) -> Finding | None:
        """The share, where it is far from one half and no accident."""
        count = sum(self._counts)
        if count < FEWEST:
            return None
        longer = self._counts[1] >= self._counts[0]
        share = self._counts[longer] / count
        low, high = interval(self._counts[longer], count)
        if share < SHARE or low <= 0.5:
            return None
        chosen, rejected = (letters / count for letters in self._letters)
        return Finding(
            f"In {share:.0%} of {count:,} pairs (among other such pairs it would be {low:.0%} to {high:.0%}, 95 of 100 "
            f"times) the better answer is the {'longer' if longer else 'shorter'} one: {chosen:,.0f} letters on average against {rejected:,.0f}. "
            "By chance it would be half.",
            self._counts[longer],
            tuple(dict.fromkeys(self._first[longer])),
            severity="warning" if low >= STRONG else None,
        )


def interval(hits: int, count: int) -> tuple[float, float]:
    """Where a share surely lies that was `hits` of `count` (Wilson's interval, 95 %)."""
    share, z = hits / count, _Z
    middle = (share + z * z / (2 * count)) / (1 + z * z / count)
    half = z / (1 + z * z / count) * math.sqrt(share * (1 - share) / count + z * z / (4 * count * count))
    return middle - half, middle + half
