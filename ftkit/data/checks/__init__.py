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
    ``mend(row) -> row``, which gives a better row.
``BY_DEFAULT`` (optional)
    Whether the fix is applied without being asked for.
``Check``
    Made anew for each inspection with ``(facts, places)``; it has ``see(row)``, called for every training row in order,
    and ``finding()``. It may have ``leave_out(record)``, called for every record that became no row. Its memory is bounded:
    a few bytes a row.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from types import ModuleType
from typing import Any

from ftkit.data.checks.seen import (
    CheckFacts,
    Finding,
    LeftOut,
    Place,
    Places,
    SeenRow,
    Severity,
    hash64,
    seen_row,
)
from ftkit.errors import DataError

__all__ = [
    "CHECKS",
    "FIXES",
    "CheckFacts",
    "Checks",
    "Finding",
    "Fix",
    "Found",
    "LeftOut",
    "Place",
    "SeenRow",
    "default_fixes",
    "drops",
    "hash64",
    "mends",
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
        Gives a better row; None where the fix takes rows out.
    by_default
        Whether it is applied without being asked for.
    """

    id: str
    code: str
    title: str
    mend: Callable[[dict[str, Any]], dict[str, Any]] | None
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


def _collect() -> dict[str, ModuleType]:
    names = sorted(info.name for info in pkgutil.iter_modules(__path__) if info.name.startswith("fd"))
    modules = [importlib.import_module(f"{__name__}.{name}") for name in names]
    return {module.CODE: module for module in modules}


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


def mends(fixes: Iterable[str]) -> Callable[[dict[str, Any]], dict[str, Any]] | None:
    """What the chosen fixes make of a row before it is looked at; None where none of them changes rows.

    Raises
    ------
    DataError
        If there is no fix of that name.
    """
    chosen = [_fix(name) for name in dict.fromkeys(fixes)]
    steps = [fix.mend for fix in chosen if fix.mend]
    if not steps:
        return None

    def mend(row: dict[str, Any]) -> dict[str, Any]:
        for step in steps:
            row = step(row)
        return row

    return mend


def _fix(name: str) -> Fix:
    if name not in FIXES:
        raise DataError(f"There is no fix called {name!r}.", f"Choose among {', '.join(FIXES)}.")
    return FIXES[name]


class Checks:
    """All checks that apply to one data set, fed row by row.

    Parameters
    ----------
    facts
        What is known beforehand.
    """

    def __init__(self, facts: CheckFacts) -> None:
        self.facts = facts
        self._places = Places()
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
        for see in self._see:
            see(row)

    def leave_out(self, record: LeftOut) -> None:
        """Hear of a record that became no training row."""
        for leave_out in self._leave_out:
            leave_out(record)

    def findings(self) -> list[Found]:
        """What was found, the worst first."""
        found = [
            _found(module, finding)
            for module, check in self._running
            if (finding := check.finding()) is not None
        ]
        return sorted(found, key=lambda item: (_RANK[item.severity], item.code))

    def clusters(self) -> Iterator[tuple[int, ...]]:
        """Training rows that must not be torn apart by a split, because they are nearly the same: their ordinals."""
        for _, check in self._running:
            if hasattr(check, "clusters"):
                yield from check.clusters()


def drops(findings: Iterable[Found], fixes: Iterable[str]) -> Mapping[int, str]:
    """The training rows that the chosen fixes take out, each with the reason.

    Parameters
    ----------
    findings
        What :meth:`Checks.findings` gave.
    fixes
        The chosen fixes; those that nothing was found for do nothing.
    """
    chosen = {_fix(name).id for name in fixes}
    dropped: dict[int, str] = {}
    for found in findings:
        if FIXES.get(CHECKS[found.code].FIX or "") and CHECKS[found.code].FIX in chosen:
            for ordinal in found.drop:
                dropped.setdefault(ordinal, f"{found.code} {found.title.lower()}")
    return dropped


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
