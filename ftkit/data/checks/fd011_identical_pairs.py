"""FD011: the better and the worse answer are the same."""

from __future__ import annotations

from ftkit.data.checks.seen import CheckFacts, Finding, Places, SeenRow, Tally

CODE = "FD011"
TITLE = "Better and worse answer are the same"
SEVERITY = "warning"
FORMS: tuple[str, ...] = ("preference",)
MEANING = "From a pair of equal answers nothing can be learned about which is better; it only costs time."
TRY = "Leave these rows out, and check that the right columns are the better and the worse answer."
FIX: str | None = "drop-identical-pairs"


class Check:
    """Compares the two answers, spaces aside."""

    def __init__(self, facts: CheckFacts, places: Places) -> None:
        self._tally, self._seen = Tally(), 0

    def see(self, row: SeenRow) -> None:
        """Look at one pair."""
        self._seen += 1
        chosen, rejected = row.row["chosen"], row.row["rejected"]
        if chosen == rejected or (
            len(row.answers) == 2
            and row.answers[0].split() == row.answers[1].split()
            # Answers that call tools differ in what they call.
            and not any("tool_calls" in message for message in (*chosen, *rejected))
        ):
            self._tally.add(row)

    def finding(self) -> Finding | None:
        """How many pairs are none."""
        tally = self._tally
        if not tally.count:
            return None
        what = "pair has" if tally.count == 1 else "pairs have"
        return Finding(
            f"{tally.count:,} {what} the same text as better and as worse answer.",
            tally.count,
            tally.first,
            tally.ordinals,
            severity="error" if len(tally.ordinals) == self._seen else None,
        )
