"""FD017: rows of which no token is learned from."""

from __future__ import annotations

from ftkit.data.accounting import Skipped
from ftkit.data.checks.seen import CheckFacts, Finding, Places, SeenRow, Tally

CODE = "FD017"
TITLE = "Nothing to learn from"
SEVERITY = "error"
# In the other forms no token is a target: a text is judged, or the model writes the answer while it trains.
FORMS: tuple[str, ...] = ("sft", "token-ids", "preference", "unpaired", "domain")
MEANING = (
    "A model learns from the answer; the prompt is only read. Where the model's chat template prints nothing of the "
    "answer, or the answer says nothing, no token is left to learn from. A batch of such rows gives no loss, or one that is "
    "not a number. Rows whose prompt fills the sequence length are left out as too long, and counted there."
)
TRY = "Look at the tokens of such a row; choose another model or another column, or leave these rows out."
FIX: str | None = "drop-masked"


_NOTHING = "there is no answer to learn from"


class Check:
    """Counts rows without a token to learn from; where tokens were not counted, records left out for that reason."""

    def __init__(self, facts: CheckFacts, places: Places) -> None:
        self._limit, self._masked, self._left_out = facts.max_length, Tally(), Tally()
        self._counted = 0

    def leave_out(self, skipped: Skipped) -> None:
        """Count records of which no turn is to be learned from."""
        if skipped.reason == _NOTHING:
            self._left_out.leave_out(skipped)

    def see(self, row: SeenRow) -> None:
        """Look whether a token of the answer is left."""
        # Longer rows are left out whole, whatever would be left of them: another check counts those.
        if row.trained is None or (self._limit and row.tokens and row.tokens > self._limit):
            return
        self._counted += 1
        if row.trained == 0:
            self._masked.add(row)

    def finding(self) -> Finding | None:
        """How many rows teach nothing."""
        masked, left_out = self._masked, self._left_out
        if not (masked.count or left_out.count):
            return None
        said = []
        if masked.count:
            what = "row has" if masked.count == 1 else "rows have"
            share = len(masked.ordinals) / self._counted
            said.append(
                f"{masked.count:,} {what} no token to learn from: {share:.1%} of what could be trained on."
            )
        if left_out.count:
            what = "row has" if left_out.count == 1 else "rows have"
            said.append(f"{left_out.count:,} {what} no answer to learn from, and will not be used.")
        return Finding(
            " ".join(said),
            masked.count + left_out.count,
            (*masked.first, *left_out.first)[:10],
            masked.ordinals,
            # What is left out already does no harm.
            severity=None if masked.count else "note",
            offer=bool(masked.count),
        )
