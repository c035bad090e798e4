"""The checks of a data set: one file each, collected from this folder.

A check is a module ``fdNNN_what_it_sees`` with

``CODE``, ``TITLE``, ``SEVERITY``
    Its code, which never changes its meaning; what it is called; how bad it is.
``MEANING``, ``TRY``
    What it means, and what to do about it, for the table and the docs.
``FORMS``
    The forms it applies to; empty: all.
``FIX``
    The id of a fix that is safe, or None. It takes out the rows that the finding names, unless the module has
    ``mend(text) -> text``, which gives a better text.
``BY_DEFAULT`` (optional)
    Whether the fix is applied without being asked for.
``Check``
    Made anew for each inspection with ``(facts, places)``; it has ``see(row)``, called for every training row in order,
    and ``finding()``. It may have ``leave_out(skipped)``, called
    at the end for every reason for which records became no rows. Its memory is bounded:
    a few bytes a row.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from types import ModuleType
from typing import Any

from ftkit.data.accounting import Skipped
from ftkit.data.checks.seen import (
    CheckFacts,
    Finding,
    Place,
    Places,
    SeenRow,
    Severity,
    hash64,
    seen_row,
)
from ftkit.data.checks.twins import FIRST_ONLY, NOT_INSTALLED, WORTHWHILE, Twins, datasketch_is_here
from ftkit.data.records import Record
from ftkit.errors import DataError

__all__ = [
    "CHECKS",
    "FIXES",
    "CheckFacts",
    "Checks",
    "Finding",
    "Fix",
    "Found",
    "Place",
    "SeenRow",
    "check_fixes",
    "default_fixes",
    "hash64",
    "mending",
    "seen_row",
]


@dataclass(frozen=True)
class Fix:
    """What can be done about a finding with one click.

    Attributes
    ----------
    id
        How it is called in a recipe.
    code, title
        The check it belongs to.
    mend
        Gives a better text; None where the fix takes rows out.
    by_default
        Whether it is applied without being asked for.
    """

    id: str
    code: str
    title: str
    mend: Callable[[str], str] | None
    by_default: bool


@dataclass(frozen=True)
class Found:
    """A finding with what its check says about itself.

    Attributes
    ----------
    code, title, severity
        Of the check.
    sentence
        What is there, with the numbers.
    count, rows
        How many records it is about, and the first ten of them.
    means, try_
        What it means, and what to do.
    fix
        The id of the fix that is offered; None where none is safe.
    drop
        The ordinals of the training rows that the fix takes out.
    """

    code: str
    title: str
    severity: Severity
    sentence: str
    count: int
    rows: tuple[Place, ...]
    means: str
    try_: str
    fix: str | None
    drop: tuple[int, ...]

    @property
    def finding(self) -> str:
        """The sentence, under the name that it has in ``--json``."""
        return self.sentence


def _collect() -> dict[str, ModuleType]:
    names = sorted(info.name for info in pkgutil.iter_modules(__path__) if info.name.startswith("fd"))
    modules = [importlib.import_module(f"{__name__}.{name}") for name in names]
    found = {module.CODE: module for module in modules}
    assert len(found) == len(modules), "two checks have the same code"
    return found


CHECKS: dict[str, ModuleType] = _collect()
"""The check modules by code."""
FIXES: dict[str, Fix] = {
    module.FIX: Fix(
        module.FIX, code, module.TITLE, getattr(module, "mend", None), getattr(module, "BY_DEFAULT", False)
    )
    for code, module in CHECKS.items()
    if module.FIX
}
"""The fixes by id."""
_RANK = {"error": 0, "warning": 1, "note": 2}


def default_fixes() -> tuple[str, ...]:
    """The fixes that are applied without being asked for."""
    return tuple(fix.id for fix in FIXES.values() if fix.by_default)


def check_fixes(fixes: Iterable[str]) -> None:
    """Refuse names that no fix has.

    Raises
    ------
    DataError
        If there is no fix of that name.
    """
    for name in fixes:
        if name not in FIXES:
            raise DataError(f"There is no fix called {name!r}.", f"Choose among {', '.join(FIXES)}.")


def mending(fixes: Iterable[str]) -> Callable[[str], str] | None:
    """What the chosen fixes make of a text before it is looked at; None where none of them changes texts."""
    steps = [mend for name in dict.fromkeys(fixes) if (mend := FIXES[name].mend)]
    if not steps:
        return None

    def mended(text: str) -> str:
        for step in steps:
            text = step(text)
        return text

    return mended


class Checks:
    """All checks that apply to one data set, fed row by row.

    Parameters
    ----------
    facts
        What is known beforehand.
    """

    def __init__(self, facts: CheckFacts) -> None:
        self.facts = facts
        self._places = Places(Twins() if facts.near_duplicates and datasketch_is_here() else None)
        self._before: SeenRow | None = None
        self._found: list[Found] | None = None
        self._running = [
            (module, module.Check(facts, self._places))
            for module in CHECKS.values()
            if not module.FORMS or facts.form in module.FORMS
        ]
        self._see = [check.see for _, check in self._running]
        self._leave_out = [check.leave_out for _, check in self._running if hasattr(check, "leave_out")]

    def see(self, row: SeenRow) -> None:
        """Look at the next training row."""
        self._places.add(row)
        if self._places.twins:
            self._places.twins.add(row.ordinal, row.said)
        for see in self._see:
            see(row)

    def watch(
        self,
        ordinal: int,
        record: Record,
        file: str,
        part: str,
        row: Mapping[str, Any],
        tokens: int | None = None,
        trained: int | None = None,
    ) -> None:
        """Look at the next training row as it comes from the conversion."""
        self._before = seen_row(
            ordinal, record.number, file, part, self.facts.form, row,
            before=self._before, tokens=tokens, trained=trained,
        )  # fmt: skip
        self.see(self._before)

    def end(self, skipped: Iterable[Skipped]) -> None:
        """All rows were seen; these records became none."""
        for one in skipped:
            for leave_out in self._leave_out:
                leave_out(one)

    def findings(self) -> list[Found]:
        """What was found, the worst first."""
        if self._found is not None:
            return self._found
        found = [
            _found(module, finding)
            for module, check in self._running
            if (finding := check.finding()) is not None
        ]
        self._found = sorted(found, key=lambda item: (_RANK[item.severity], item.code))
        return self._found

    def dropped(self, fixes: Iterable[str]) -> dict[int, str]:
        """The training rows that the chosen fixes take out, each with the reason."""
        chosen = set(fixes)
        dropped: dict[int, str] = {}
        for found in self.findings():
            if CHECKS[found.code].FIX in chosen:
                for ordinal in found.drop:
                    dropped.setdefault(ordinal, f"{found.code}: {found.title.lower()}")
        return dropped

    def clusters(self) -> Iterator[tuple[int, ...]]:
        """Training rows that must not be torn apart by a split, because they are nearly the same: their ordinals."""
        if self._places.twins:
            yield from self._places.twins.clusters()

    def not_looked(self) -> dict[str, str]:
        """The codes of checks that could not be made, and why."""
        worthwhile = self.facts.near_duplicates and len(self._places.number) >= WORTHWHILE
        if worthwhile and self._places.twins is None:
            return {"FD003": NOT_INSTALLED}
        if self._places.twins and self._places.twins.left:
            return {"FD003": FIRST_ONLY}
        return {}


def _found(module: ModuleType, finding: Finding) -> Found:
    return Found(
        code=module.CODE,
        title=module.TITLE,
        severity=finding.severity or module.SEVERITY,
        sentence=finding.sentence,
        count=finding.count,
        rows=finding.rows,
        means=module.MEANING,
        try_=module.TRY,
        fix=module.FIX if finding.offer else None,
        drop=tuple(finding.drop),
    )
