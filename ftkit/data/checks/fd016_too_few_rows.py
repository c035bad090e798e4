"""FD016: too few rows for the task, or too few held back to tell how it went."""

from __future__ import annotations

import math
from collections import Counter
from typing import NamedTuple

from ftkit.data.checks.seen import CheckFacts, Finding, Places, SeenRow, hash64

CODE = "FD016"
TITLE = "Few rows for the task"
SEVERITY = "warning"
FORMS: tuple[str, ...] = ()
MEANING = (
    "From a handful of examples a model learns them by heart rather than what they have in common; and a handful of "
    "held-out rows cannot tell whether it did."
)
TRY = (
    "Collect more rows, varied rather than many. As a rule of thumb: a manner or a format takes 50 to 200 good answers, "
    "a new skill several hundred to thousands, preferences 500 pairs and more, a classifier 50 rows a label, a new "
    "field a whole book of text."
)
FIX: str | None = None


class Need(NamedTuple):
    """How much a task needs: below `least` it warns, below `good` it is a note; and why."""

    least: int
    good: int
    of: str
    why: str


NEEDS = {
    "sft": Need(
        20, 100, "rows", "a model may take on a manner or a format from that, no knowledge and no skill"
    ),
    "token-ids": Need(
        20, 100, "rows", "a model may take on a manner or a format from that, no knowledge and no skill"
    ),
    "preference": Need(
        100, 500, "pairs", "one pair says only which of two answers is better, so it takes many to say why"
    ),
    "unpaired": Need(
        100, 500, "marked answers", "one mark only says good or bad, so it takes many to say what makes it so"
    ),
    "prompts": Need(
        20, 100, "prompts", "the model writes its own answers, but only ever to these few questions"
    ),
    "stepwise": Need(
        100, 500, "solutions", "mistakes come in many kinds, and each has to be met several times"
    ),
    "classification": Need(
        10, 50, "rows a label", "a label is told from chance resemblances only over many examples of it"
    ),
    "domain": Need(
        20_000,
        500_000,
        "letters",
        "a page or two are learned by heart; a field's language takes about a book",
    ),
}
# On fewer rows than that, a share is known no better than to ± 14 percentage points.
HELD_OUT = 50
SHARE = 0.1
_HELD = ("validation", "test")
_MOST = 10_000


class Check:
    """Counts records by part, letters, and labels."""

    def __init__(self, facts: CheckFacts, places: Places) -> None:
        self._form = facts.form
        self._parts: Counter[str] = Counter()
        self._letters: Counter[str] = Counter()
        self._labels: set[int] = set()

    def see(self, row: SeenRow) -> None:
        """Count one row."""
        if self._form == "domain":
            self._letters[row.part] += len(row.said)
        elif self._form == "classification" and len(self._labels) < _MOST:
            self._labels.add(hash64(repr(row.label)))
        if row.first:
            self._parts[row.part] += 1

    def finding(self) -> Finding | None:
        """What there is too little of, and what so few held-out rows can tell."""
        total = self._parts.total()
        if not total:
            return None
        severity, said = self._training(total)
        if held := self._held_out(total):
            said.append(held)
        if not said:
            return None
        return Finding(" ".join(said), total, severity="warning" if severity else "note")

    def _training(self, total: int) -> tuple[bool, list[str]]:
        """Whether there is far too little to train on, and what is said about it."""
        need = NEEDS.get(self._form)
        if need is None:
            return False, []
        counts = self._letters if self._form == "domain" else self._parts
        held = sum(counts[part] for part in _HELD)
        # A file of test rows alone is looked at as if it were for training.
        here = counts.total() - held or held
        each = here / max(1, len(self._labels))
        if each >= need.good:
            return False, []
        much = f"{each:,.0f} {need.of}" if self._form == "classification" else f"{here:,} {need.of}"
        if here == 1:
            much = much.removesuffix("s")
        usual = f"below {need.least:,}" if each < need.least else f"below {need.good:,}"
        return each < need.least, [f"{much} to train on is little ({usual}): {need.why}."]

    def _held_out(self, total: int) -> str:
        """What the validation part can tell; empty where it is large enough."""
        # Running text is judged token by token, prompts by rewards while training goes on.
        if self._form in ("domain", "prompts"):
            return ""
        given = self._parts["validation"]
        rows = given or round(SHARE * (total - self._parts["test"])) or 1
        if rows >= HELD_OUT:
            return ""
        half = min(50, round(98 / math.sqrt(rows)))
        many = f"{rows:,} {'row' if rows == 1 else 'rows'}"
        which = (
            f"The validation part has {many}"
            if given
            else f"A tenth held back for validation would be {many}"
        )
        return (
            f"{which}: a share measured on so few, such as right answers, is only known to about ± {half} percentage "
            "points, so small differences mean nothing."
        )
