"""FD017: too few rows for the task."""

from __future__ import annotations

from collections import Counter
from typing import Any

from ftkit.data.checks.seen import CheckFacts, Finding, Places, SeenRow

CODE = "FD017"
TITLE = "Too few rows"
SEVERITY = "warning"
FORMS: tuple[str, ...] = ()
MEANING = (
    "From a handful of examples a model learns them by heart rather than what they have in common; and a handful of test "
    "rows cannot tell whether it did."
)
TRY = "Collect more rows: a style takes 50 to 200 good ones, a new skill several hundred, preferences a thousand."
FIX: str | None = None

FEWEST = {"sft": 50, "preference": 50, "unpaired": 50, "stepwise": 50, "prompts": 20, "classification": 50}
FEWEST_OF_A_KIND = 8
FEWEST_LETTERS = 50_000
FEWEST_HELD_OUT = 20
_MOST_KINDS = 1_000


class Check:
    """Counts records, letters and labels."""

    def __init__(self, facts: CheckFacts, places: Places) -> None:
        self._form = facts.form
        self._parts: Counter[str] = Counter()
        self._labels: Counter[Any] = Counter()
        self._letters = 0

    def see(self, row: SeenRow) -> None:
        """Count one row."""
        if row.first:
            self._parts[row.part] += 1
        if self._form == "domain":
            self._letters += len(row.said)
        elif self._form == "classification" and (
            row.label in self._labels or len(self._labels) < _MOST_KINDS
        ):
            self._labels[row.label] += 1

    def finding(self) -> Finding | None:
        """What there is too little of."""
        total = sum(self._parts.values())
        if not total:
            return None
        held = {part: count for part, count in self._parts.items() if part in ("validation", "test")}
        learning = total - sum(held.values())
        said, severity = [], "note"
        fewest = FEWEST.get(self._form, 0)
        if self._form == "domain" and self._letters < FEWEST_LETTERS:
            said.append(
                f"There are only {self._letters:,} letters of text, about {self._letters // 5:,} words."
            )
            severity = "warning"
        elif learning < fewest:
            rows = "row" if learning == 1 else "rows"
            said.append(
                f"There {'is' if learning == 1 else 'are'} only {learning:,} {rows} to train on; {fewest} are little already."
            )
            severity = "warning"
        rare = sum(count < FEWEST_OF_A_KIND for count in self._labels.values())
        if rare and 2 * len(self._labels) <= total:
            labels = "label has" if rare == 1 else "labels have"
            said.append(f"{rare:,} {labels} fewer than {FEWEST_OF_A_KIND} rows.")
            severity = "warning"
        small = [f"{part} ({count:,})" for part, count in sorted(held.items()) if count < FEWEST_HELD_OUT]
        if small and self._form != "domain":
            said.append(f"Few rows are held out: {', '.join(small)}. Results on so few move by chance.")
        if not said:
            return None
        return Finding(" ".join(said), total, severity="warning" if severity == "warning" else "note")
