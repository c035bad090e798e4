"""FD011: the better and the worse answer are the same."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ftkit.data.checks.seen import CheckFacts, Finding, Places, SeenRow, Tally

CODE = "FD011"
TITLE = "Better and worse answer are the same"
SEVERITY = "warning"
FORMS: tuple[str, ...] = ("preference",)
MEANING = "From a pair of equal answers nothing can be learned about which is better; it only costs time."
TRY = "Leave these rows out, and check that the right columns are the better and the worse answer."
FIX: str | None = "drop-identical-pairs"


class Check:
    """Compares the two answers; spaces before and after them make no difference."""

    def __init__(self, facts: CheckFacts, places: Places) -> None:
        self._tally, self._seen = Tally(), 0

    def see(self, row: SeenRow) -> None:
        """Look at one pair."""
        self._seen += 1
        if _same(row.row["chosen"], row.row["rejected"]):
            self._tally.add(row)

    def finding(self) -> Finding | None:
        """How many pairs are none."""
        tally = self._tally
        if not tally.count:
            return None
        what = "pair has" if tally.count == 1 else "pairs have"
        every = len(tally.ordinals) == self._seen
        return Finding(
            f"{tally.count:,} {what} the same text as better and as worse answer ({tally.count / self._seen:.1%} of the "
            f"pairs).{' That is all of them: one column may have been taken for both.' if every else ''}",
            tally.count,
            tally.first,
            tally.ordinals,
            severity="error" if every else None,
        )


def _same(chosen: Sequence[Mapping[str, Any]], rejected: Sequence[Mapping[str, Any]]) -> bool:
    if len(chosen) != len(rejected):
        return False
    for one, other in zip(chosen, rejected, strict=True):
        if one == other:
            continue
        # Inside a text spaces may be the difference that counts, as in a program; and calls of tools are no text.
        if (one.get("content") or "").strip() != (other.get("content") or "").strip():
            return False
        if any(one.get(name) != other.get(name) for name in ("role", "tool_calls", "name")):
            return False
    return True
