"""FD002: the same row more than once."""

from __future__ import annotations

from array import array
from collections.abc import Sequence

from ftkit.data.accounting import Skipped
from ftkit.data.checks.seen import FIRST_ROWS, CheckFacts, SeenRow, Sign

CODE = "FD002"
TITLE = "The same row more than once"
SEVERITY = "warning"
MEANING = "The model sees these rows more often than the others and tends to learn them by heart."
TRY = "Leave the copies out; keep them only where you mean to repeat something."
FIX = "drop-duplicates"
FIX_LABEL = "Leave the copies out"


class Check:
    """Remembers one number for each different row."""

    def __init__(self, facts: CheckFacts) -> None:
        self._seen: set[int] = set()
        self._copies, self._first = array("q"), array("q")

    def see(self, row: SeenRow) -> None:
        """Look at prompt and answer, letter for letter."""
        key = hash((row.prompt_hash, row.answer_hash, row.rejected, str(row.row.get("label", ""))))
        if key in self._seen:
            self._copies.append(row.ordinal)
            if len(self._first) < FIRST_ROWS:
                self._first.append(row.number)
        else:
            self._seen.add(key)

    def sign(self, skipped: Sequence[Skipped]) -> Sign | None:
        """How many rows are copies of an earlier one."""
        if not self._copies:
            return None
        count = len(self._copies)
        rows = "row is a copy" if count == 1 else "rows are copies"
        return Sign(f"{count:,} {rows} of an earlier row.", tuple(self._first), self._copies)
