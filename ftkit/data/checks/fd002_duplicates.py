"""FD002: the same row several times."""

from __future__ import annotations

from array import array

from ftkit.data.checks.seen import CheckFacts, Finding, Places, SeenRow, hash64

CODE = "FD002"
TITLE = "Duplicates"
SEVERITY = "warning"
FORMS: tuple[str, ...] = ()
MEANING = (
    "A row that is there several times counts several times: the model learns it by heart before it has learned "
    "the others."
)
TRY = "Keep one of each, unless the repetition is meant."
FIX: str | None = "drop-duplicates"


class Check:
    """Compares rows within a part by a hash of all they say; spaces and line breaks make no difference."""

    def __init__(self, facts: CheckFacts, places: Places) -> None:
        self._places = places
        self._hashes = array("q")

    def see(self, row: SeenRow) -> None:
        """Note what makes the row the same as another."""
        label = "" if row.label is None else repr(row.label)
        whole = " ".join(" \0 ".join((row.part, row.system, row.prompt, *row.answers, label)).split())
        self._hashes.append(hash64(whole))

    def finding(self) -> Finding | None:
        """All rows that were there before."""
        import numpy as np

        hashes = np.frombuffer(self._hashes, dtype=np.int64) if self._hashes else np.empty(0, np.int64)
        _, first = np.unique(hashes, return_index=True)
        again = np.ones(len(hashes), dtype=bool)
        again[first] = False
        tally = self._places.tally(np.flatnonzero(again).tolist())
        if not tally.count:
            return None
        what = "row says" if tally.count == 1 else "rows say"
        return Finding(
            f"{tally.count:,} {what} exactly what an earlier row says (spaces aside).",
            tally.count,
            tally.first,
            tally.ordinals,
            # A handful among many changes nothing.
            severity="note" if tally.count * 100 < len(hashes) else None,
        )
