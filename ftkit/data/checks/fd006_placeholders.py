"""FD006: places that were meant to be filled in."""

from __future__ import annotations

import re

from ftkit.data.checks.seen import CheckFacts, Finding, Places, SeenRow, Tally

CODE = "FD006"
TITLE = "Placeholders left in"
SEVERITY = "warning"
FORMS: tuple[str, ...] = ("sft", "preference", "unpaired", "prompts", "stepwise", "domain")
MEANING = (
    "Something like {{name}} or [Your Name] was meant to be replaced before use. The model learns to write it "
    "letter for letter."
)
TRY = (
    "Replace the placeholders in the file, for instance with your assistant's name; or leave these rows out."
)
FIX: str | None = "drop-placeholders"

_BRACES = re.compile(r"\{\{\s*[^\W\d][\w .-]{0,40}\}\}|\$\{[^\W\d][\w .-]{0,40}\}")
_BRACKETS = re.compile(r"[\[<](?:your|insert|enter|add)\s[^\]>\n]{1,40}[\]>]", re.IGNORECASE)
_KEPT = 3


class Check:
    """Looks for the usual ways to write a placeholder, outside program code."""

    def __init__(self, facts: CheckFacts, places: Places) -> None:
        self._tally, self._names = Tally(), dict[str, None]()
        self._seen = 0

    def see(self, row: SeenRow) -> None:
        """Look at the text of one row."""
        self._seen += 1
        text = row.said
        hit = None
        if ("{{" in text or "${" in text) and "```" not in text and "{%" not in text:
            # Code and lessons about templates are full of braces that are meant.
            hit = _BRACES.search(text)
        if hit is None and ("[" in text or "<" in text):
            hit = _BRACKETS.search(text)
        if hit:
            self._tally.add(row)
            if len(self._names) < _KEPT:
                self._names[hit.group()] = None

    def finding(self) -> Finding | None:
        """How many rows have one."""
        tally = self._tally
        if not tally.count:
            return None
        what = "row holds a placeholder" if tally.count == 1 else "rows hold placeholders"
        return Finding(
            f"{tally.count:,} {what} that nobody filled in, such as {', '.join(self._names)}.",
            tally.count,
            tally.first,
            tally.ordinals,
            # Where most rows have one they want a name, not to be thrown away.
            offer=2 * len(tally.ordinals) < self._seen,
        )
