"""FD008: rows with more tokens than the sequence length."""

from __future__ import annotations

from ftkit.data.checks.seen import CheckFacts, Finding, Places, SeenRow, Tally

CODE = "FD008"
TITLE = "Longer than the sequence length"
SEVERITY = "warning"
FORMS: tuple[str, ...] = ()
MEANING = (
    "Training cuts a row after the sequence length. A cut row has lost the end of its answer and the token that says "
    "“I am done”: from such rows a model learns not to stop."
)
TRY = "These rows are left out. Raise the sequence length if there are many; it costs memory."
FIX: str | None = "drop-long"
BY_DEFAULT = True


class Check:
    """Compares each row's tokens with the limit; says nothing where tokens were not counted."""

    def __init__(self, facts: CheckFacts, places: Places) -> None:
        self._limit, self._tally = facts.max_length, Tally()
        self._seen, self._longest = 0, 0

    def see(self, row: SeenRow) -> None:
        """Look at one row's length."""
        if self._limit is None or row.tokens is None:
            return
        self._seen += 1
        if row.tokens > self._limit:
            self._tally.add(row)
            self._longest = max(self._longest, row.tokens)

    def finding(self) -> Finding | None:
        """How many are too long, and by how much."""
        tally = self._tally
        if not tally.count:
            return None
        share = len(tally.ordinals) / self._seen
        what = "row has" if tally.count == 1 else "rows have"
        return Finding(
            f"{tally.count:,} {what} more than {self._limit:,} tokens (the longest {self._longest:,}): "
            f"{share:.1%} of what could be trained on.",
            tally.count,
            tally.first,
            tally.ordinals,
            severity="error" if share > 0.5 else "note" if share < 0.01 else None,
        )
