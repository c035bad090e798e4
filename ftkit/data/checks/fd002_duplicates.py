"""FD002: the same row several times."""

from __future__ import annotations

from array import array
from typing import Any

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
        whole = " ".join(
            " \0 ".join((row.part, row.system, row.tools, row.prompt, *row.answers, label)).split()
        )
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
        whole = _whole(self._places, again)
        said = []
        if whole:
            what = "row says" if whole == 1 else "rows say"
            said.append(f"{whole:,} {what} exactly what an earlier row says (spaces aside)")
        if partly := tally.count - whole:
            what = "" if said else " row" if partly == 1 else " rows"
            said.append(f"{partly:,}{what} {'repeats' if partly == 1 else 'repeat'} a part of an earlier one")
        return Finding(
            f"{', and '.join(said)}.",
            tally.count,
            tally.first,
            tally.ordinals,
            # A handful among many changes nothing.
            severity="note" if tally.count * 100 < len(hashes) else None,
        )


def _whole(places: Places, again: Any) -> int:
    """Of how many records every row was there before; a conversation may only begin like another one."""
    import numpy as np

    number, file = np.frombuffer(places.number, np.int64), np.frombuffer(places.file, np.int32)
    new = np.ones(len(again), dtype=bool)
    new[1:] = (number[1:] != number[:-1]) | (file[1:] != file[:-1])
    return int(np.logical_and.reduceat(again, np.flatnonzero(new)).sum())
