"""FD010: some labels are rare beside others, or there is only one."""

from __future__ import annotations

from typing import Any

from ftkit.data.checks.seen import FIRST_ROWS, CheckFacts, Finding, Place, Places, SeenRow, hash64

CODE = "FD010"
TITLE = "Labels out of balance"
SEVERITY = "warning"
FORMS: tuple[str, ...] = ("classification", "unpaired", "stepwise")
MEANING = (
    "Where one label is much more frequent than another, always answering the frequent one is already right most of "
    "the time; the rare one is hardly learned, and accuracy hides it."
)
TRY = (
    "Add rows with the rare labels, and look at the results label by label rather than at the accuracy alone. For "
    "answers marked good or bad (KTO), weigh the rarer mark more."
)
FIX: str | None = None

TIMES = 10
# KTO's authors keep both marks within 1 : 1 to 4 : 3 by weights; from here on no usual weight makes up for it.
UNPAIRED_TIMES = 3
# More kinds than that, and they are no classes but numbers or names.
_MOST = 10_000
_LONG = 64


class Check:
    """Counts the labels, and keeps the first rows of each."""

    def __init__(self, facts: CheckFacts, places: Places) -> None:
        self._form = facts.form
        self._counts: dict[Any, int] = {}
        self._first: dict[Any, list[Place]] = {}
        self._rows, self._full = 0, False

    def see(self, row: SeenRow) -> None:
        """Count one row's labels."""
        self._rows += 1
        labels = row.row.get("labels") or () if self._form == "stepwise" else (row.label,)
        for label in labels:
            key: Any = label if isinstance(label, (str, int)) else repr(label)
            if isinstance(key, str) and len(key) > _LONG:
                key = (hash64(key),)
            count = self._counts.get(key, 0)
            if not count and len(self._counts) >= _MOST:
                self._full = True
                continue
            self._counts[key] = count + 1
            if count < FIRST_ROWS:
                place, places = Place(row.file, row.number), self._first.setdefault(key, [])
                if place not in places:
                    places.append(place)

    def finding(self) -> Finding | None:
        """What is missing, too rare, or no label at all."""
        if self._rows < 2 or not self._counts:
            return None
        kinds = len(self._counts)
        if kinds == 1:
            what = "steps" if self._form == "stepwise" else "rows"
            return Finding(
                f"All {what} have the same label: there is nothing to tell apart.",
                self._rows,
                severity="error",
            )
        if self._full or (kinds > 20 and 2 * kinds > self._rows):
            many = f"more than {kinds:,}" if self._full else f"{kinds:,}"
            return Finding(
                f"There are {many} different labels in {self._rows:,} rows: this looks like a number or a "
                "name, not like classes.",
                self._rows,
            )
        most = max(self._counts.values())
        rarest = min(self._counts, key=self._counts.__getitem__)
        fewest = self._counts[rarest]
        limit = UNPAIRED_TIMES if self._form == "unpaired" else TIMES
        if most < limit * fewest:
            return None
        share = most / sum(self._counts.values())
        return Finding(
            f"The most frequent of {kinds:,} labels stands {most:,} times, the rarest {fewest:,} "
            f"{'time' if fewest == 1 else 'times'}: always answering the most frequent one would be right in {share:.0%}.",
            fewest,
            tuple(self._first[rarest]),
            # Most steps of most solutions are right: that is how such data are.
            severity="note" if self._form == "stepwise" else None,
        )
