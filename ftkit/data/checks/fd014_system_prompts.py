"""FD014: some rows have a system prompt, others none; or one prompt in several spellings."""

from __future__ import annotations

import re

from ftkit.data.checks.seen import CheckFacts, Finding, Places, SeenRow, Tally, hash64

CODE = "FD014"
TITLE = "Inconsistent system prompts"
SEVERITY = "note"
FORMS: tuple[str, ...] = ("sft", "preference", "unpaired", "prompts")
MEANING = (
    "What is learned under one system prompt may not show under another, or without one; some chat templates also put in "
    "a prompt of their own where a row has none."
)
TRY = "Use the same system prompt in all rows and later when you talk to the model, or none anywhere."
FIX: str | None = None

_MOST = 1_000
_NOT_LETTERS = re.compile(r"\W+")


class Check:
    """Counts records with and without, and spellings that differ only in spaces, capitals and punctuation."""

    def __init__(self, facts: CheckFacts, places: Places) -> None:
        self._with, self._without = Tally(), Tally()
        self._spellings: dict[int, set[int]] = {}
        self._known: set[int] = set()

    def see(self, row: SeenRow) -> None:
        """Look at the system prompt of one record."""
        if not row.first:
            return
        system = row.system
        if not system:
            self._without.count += 1
            if len(self._without.rows) < 10:
                self._without.add(row)
                self._without.count -= 1
            return
        self._with.count += 1
        exact = hash64(system)
        if exact not in self._known and len(self._known) < _MOST:
            self._known.add(exact)
            self._spellings.setdefault(hash64(_NOT_LETTERS.sub("", system).lower()), set()).add(exact)

    def finding(self) -> Finding | None:
        """The mixture, or the spellings."""
        have, lack = self._with.count, self._without.count
        said = []
        if have and lack:
            said.append(
                f"{have:,} {'row has' if have == 1 else 'rows have'} a system prompt, {lack:,} have none."
            )
        several = sum(len(exact) > 1 for exact in self._spellings.values())
        if several:
            prompts = "system prompt stands" if several == 1 else "system prompts stand"
            said.append(
                f"{several:,} {prompts} there in several spellings (spaces, capitals or punctuation differ)."
            )
        if not said:
            return None
        return Finding(" ".join(said), min(have, lack) or have, self._without.first)
