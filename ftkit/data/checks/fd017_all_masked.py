"""FD017: rows of which no token is learned from."""

from __future__ import annotations

from ftkit.data.checks.seen import CheckFacts, Finding, Places, SeenRow, Tally

CODE = "FD017"
TITLE = "Nothing to learn from"
SEVERITY = "error"
# In the other forms no token is a target: a text is judged, or the model writes the answer while it trains.
FORMS: tuple[str, ...] = ("sft", "preference", "unpaired", "domain")
MEANING = (
    "A model learns from the answer; the prompt is only read. Where the prompt alone fills the whole sequence length, "
    "the answer is cut off to the last token and nothing is left to learn from. A batch of such rows gives no loss, "
    "or one that is not a number."
)
TRY = "Raise the sequence length, shorten the prompts, or leave these rows out."
FIX: str | None = "drop-masked"


class Check:
    """Counts rows without a token to learn from; says nothing where tokens were not counted."""

    def __init__(self, facts: CheckFacts, places: Places) -> None:
        self._limit, self._tally, self._counted = facts.max_length, Tally(), 0

    def see(self, row: SeenRow) -> None:
        """Look whether a token of the answer is left."""
        if row.trained is None:
            return
        self._counted += 1
        if row.trained == 0:
            self._tally.add(row)

    def finding(self) -> Finding | None:
        """How many rows teach nothing."""
        tally = self._tally
        if not tally.count:
            return None
        within = f" within {self._limit:,} tokens" if self._limit else ""
        what = "row has" if tally.count == 1 else "rows have"
        rows = len(tally.ordinals)
        which = "That is every row: training would change nothing." if rows == self._counted else (
            f"That is {rows / self._counted:.1%} of what could be trained on."
        )
        return Finding(
            f"{tally.count:,} {what} no token of the answer left{within}. {which}",
            tally.count,
            tally.first,
            tally.ordinals,
        )
