"""FD018: rows of which nothing is learned."""

from __future__ import annotations

from ftkit.data.accounting import Skipped
from ftkit.data.checks.seen import CheckFacts, Finding, Places, SeenRow, Tally

CODE = "FD018"
TITLE = "Nothing to learn from"
SEVERITY = "warning"
FORMS: tuple[str, ...] = ("sft", "preference", "unpaired")
MEANING = (
    "Only the answer is learned from; all else is only read. Where no answer is left, because all are marked as only to be "
    "read or the prompt alone fills the sequence length, the row costs time and teaches nothing."
)
TRY = "Check which turns are marked as trained on, or raise the sequence length."
FIX: str | None = "drop-masked"

_NOTHING = "there is no answer to learn from"


class Check:
    """Counts rows without a token to learn from; where tokens were not counted, those left out for it."""

    def __init__(self, facts: CheckFacts, places: Places) -> None:
        self._masked, self._left_out = Tally(), Tally()
        self._seen = 0

    def leave_out(self, skipped: Skipped) -> None:
        """Count what was left out already."""
        if skipped.reason == _NOTHING:
            self._left_out.leave_out(skipped)

    def see(self, row: SeenRow) -> None:
        """Look whether a token is learned from."""
        self._seen += 1
        if row.trained == 0:
            self._masked.add(row)

    def finding(self) -> Finding | None:
        """How many rows teach nothing."""
        masked, left_out = self._masked, self._left_out
        if not (masked.count or left_out.count):
            return None
        said = []
        if left_out.count:
            what = "row has" if left_out.count == 1 else "rows have"
            said.append(f"{left_out.count:,} {what} no turn that is trained on, and will not be used.")
        if masked.count:
            what = "row has" if masked.count == 1 else "rows have"
            said.append(
                f"Of the answer of {masked.count:,} {'row' if masked.count == 1 else 'rows'} no token is left within the sequence length."
            )
        return Finding(
            " ".join(said),
            masked.count + left_out.count,
            (*masked.first, *left_out.first)[:10],
            masked.ordinals,
            severity="error"
            if masked.ordinals and len(masked.ordinals) == self._seen
            else None
            if masked.count
            else "note",
            offer=bool(masked.count),
        )
