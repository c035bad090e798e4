"""FD005: what the model is tested on is also what it is trained on."""

from __future__ import annotations

import re
from array import array

from ftkit.data.accounting import Skipped
from ftkit.data.checks.seen import CheckFacts, Finding, Places, SeenRow, Tally, hash64
from ftkit.data.split import folded

CODE = "FD005"
TITLE = "The same rows in several parts"
SEVERITY = "warning"
FORMS: tuple[str, ...] = ()
MEANING = (
    "A model does well on questions that it has practised. If rows for validation or test are also trained on, the "
    "results look better than they are."
)
TRY = "Rows with exactly the same prompt are taken out of the part that learns; leave out those that are nearly the same too."
FIX: str | None = "drop-overlap"

_SAME = re.compile(r"^the same (prompt|text) is in the \w+ part$")
_JUDGES = ("test", "validation")


class Check:
    """Counts rows that were taken out for it, and those that are nearly the same across parts."""

    def __init__(self, facts: CheckFacts, places: Places) -> None:
        self._places, self._exact = places, Tally()
        self._hashes = array("q")
        self._judged = False

    def leave_out(self, skipped: Skipped) -> None:
        """Count what was taken out already."""
        if _SAME.search(skipped.reason):
            self._exact.leave_out(skipped)

    def see(self, row: SeenRow) -> None:
        """Note what a row asks, whatever its capitals, spaces and punctuation."""
        # The parts that judge come first: without any of them there is nothing to compare with.
        self._judged = self._judged or row.part in _JUDGES
        alike = folded(row.prompt) if self._judged else ""
        self._hashes.append(hash64(alike) if alike else -row.ordinal - 1)

    def finding(self) -> Finding | None:
        """How many rows stand in two parts."""
        exact, near = self._exact, self._near()
        if not (exact.count or near.count):
            return None
        said = []
        if exact.count:
            what = "row has" if exact.count == 1 else "rows have"
            said.append(
                f"{exact.count:,} {what} a prompt or text that is also in a part that judges, and will not be used."
            )
        if near.count:
            what = "row is" if near.count == 1 else "rows are"
            said.append(f"{near.count:,} {what} nearly the same as one that the model is judged on.")
        return Finding(
            " ".join(said),
            exact.count + near.count,
            (*near.first, *exact.first)[:10],
            near.ordinals,
            severity=None if near.count else "note",
            offer=bool(near.count),
        )

    def _near(self) -> Tally:
        """The rows of which nearly the same is in a part that judges more: test before validation before train."""
        places = self._places
        if not self._judged or len(places.parts) < 2:
            return Tally()
        rank = [_JUDGES.index(part) if part in _JUDGES else len(_JUDGES) for part in places.parts]
        found = set(self._folded(rank))
        for group in places.twins.clusters() if places.twins else ():
            best = min(rank[places.part[ordinal]] for ordinal in group)
            found.update(ordinal for ordinal in group if rank[places.part[ordinal]] > best)
        return places.tally(sorted(found))

    def _folded(self, rank: list[int]) -> list[int]:
        import numpy as np

        hashes = np.frombuffer(self._hashes, dtype=np.int64)
        ranks = np.array(rank)[np.frombuffer(self._places.part, dtype=np.int8)]
        _, kinds = np.unique(hashes, return_inverse=True)
        best = np.full(kinds.max() + 1, len(_JUDGES))
        np.minimum.at(best, kinds, ranks)
        found: list[int] = np.flatnonzero(ranks > best[kinds]).tolist()
        return found
