"""FD014: some rows have a system prompt and others none, or there are several."""

from __future__ import annotations

import re

from ftkit.data.checks.seen import FIRST_ROWS, CheckFacts, Finding, Place, Places, SeenRow, hash64

CODE = "FD014"
TITLE = "Inconsistent system prompts"
SEVERITY = "note"
FORMS: tuple[str, ...] = ("sft", "preference", "unpaired", "prompts")
MEANING = (
    "What is learned under one system prompt may not show under another, or without one; some chat templates also put in "
    "a prompt of their own where a row has none. Different prompts are fine where they are meant to steer the answers."
)
TRY = "Use the same system prompt in all rows and later when you talk to the model, or none anywhere."
FIX: str | None = None

# Beyond that it is only said that there are more.
_MOST = 1_000
_NOT_LETTERS = re.compile(r"[\W_]+")


class Check:
    """Counts records with and without, different prompts, and spellings of the same one."""

    def __init__(self, facts: CheckFacts, places: Places) -> None:
        self._with, self._without = 0, 0
        self._first: tuple[list[Place], list[Place]] = ([], [])
        self._counts: dict[int, int] = {}
        self._spellings: dict[int, set[int]] = {}
        self._full = False

    def see(self, row: SeenRow) -> None:
        """Look at the system prompt of one record."""
        if not row.first:
            return
        system = row.system
        if len(first := self._first[bool(system)]) < FIRST_ROWS:
            first.append(Place(row.file, row.number))
        if not system:
            self._without += 1
            return
        self._with += 1
        exact = hash64(system)
        if exact in self._counts:
            self._counts[exact] += 1
        elif len(self._counts) < _MOST:
            self._counts[exact] = 1
            letters = hash64(_NOT_LETTERS.sub("", system).lower())
            self._spellings.setdefault(letters, set()).add(exact)
        else:
            self._full = True

    def finding(self) -> Finding | None:
        """The mixture, the number of prompts, and the spellings."""
        have, lack = self._with, self._without
        said = []
        if have and lack:
            said.append(
                f"{have:,} {'row has' if have == 1 else 'rows have'} a system prompt, {lack:,} "
                f"{'has' if lack == 1 else 'have'} none."
            )
        if len(self._counts) > 1:
            many = f"more than {_MOST:,}" if self._full else f"{len(self._counts):,}"
            said.append(
                f"There are {many} different system prompts; the most frequent stands in {max(self._counts.values()):,} "
                f"of {have + lack:,} rows."
            )
        if several := sum(len(exact) > 1 for exact in self._spellings.values()):
            prompts = "One of them stands" if several == 1 else f"{several:,} of them stand"
            said.append(f"{prompts} there in several spellings (spaces, capitals or punctuation differ).")
        if not said:
            return None
        # The rarer kind is the one to look at.
        mixed = bool(have and lack)
        rarer = have <= lack if mixed else True
        return Finding(" ".join(said), min(have, lack) if mixed else have, tuple(self._first[rarer]))
