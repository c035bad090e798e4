"""FD003: rows that are nearly the same."""

from __future__ import annotations

from array import array

from ftkit.data.checks.seen import CheckFacts, Finding, Places, SeenRow, hash64

CODE = "FD003"
TITLE = "Near-duplicates"
SEVERITY = "note"
FORMS: tuple[str, ...] = ()
MEANING = (
    "Rows that differ in a word or two teach little more than one of them, and count twice. They are always put into the "
    "same part, so that the test does not ask what was practised."
)
TRY = "Keep one of each where the small difference does not matter."
FIX: str | None = "drop-near-duplicates"


class Check:
    """Reads the groups of near-duplicates; those that are exactly the same are another check's."""

    def __init__(self, facts: CheckFacts, places: Places) -> None:
        self._places = places
        self._hashes = array("q")

    def see(self, row: SeenRow) -> None:
        """Note the exact text."""
        if self._places.twins:
            self._hashes.append(hash64(" ".join(row.said.split())))

    def finding(self) -> Finding | None:
        """The later rows of each group within a part."""
        twins = self._places.twins
        if twins is None:  # the missing package is spoken of elsewhere: that is no finding about the rows
            return None
        again = []
        for group in twins.clusters():
            seen: dict[int, set[int]] = {}
            for ordinal in group:
                known = seen.setdefault(self._places.part[ordinal], set())
                exact = self._hashes[ordinal]
                if known and exact not in known:
                    again.append(ordinal)
                known.add(exact)
        tally = self._places.tally(sorted(again))
        if not tally.count:
            return None
        what = "row says" if tally.count == 1 else "rows say"
        return Finding(
            f"{tally.count:,} {what} nearly what an earlier row says.",
            tally.count,
            tally.first,
            tally.ordinals,
            severity="warning" if tally.count * 10 >= len(self._hashes) else None,
        )
