"""The checks of data: one file each, found by looking into this folder.

A check is a module ``fdNNN_what_it_sees`` with

``CODE``, ``TITLE``, ``SEVERITY``
    A code never changes its meaning. ``error``: it spoils the training. ``warning``: look at it. ``note``: good to know.
``FORMS`` (optional)
    The standard forms that it looks at; all where it does not say.
``MEANING``, ``TRY``
    What it means for the training, and what to try: sentences.
``FIX``, ``FIX_LABEL`` (optional)
    The id of a remedy that is safe, and the words on its button.
``mend(text) -> str`` (optional)
    How the remedy changes a text; a remedy without it leaves the rows out that its sign names.
``Check(facts)``
    Makes a :class:`~ftkit.data.checks.seen.Looking`.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Sequence
from types import ModuleType
from typing import Any

from ftkit.data.accounting import Skipped
from ftkit.data.checks.seen import CheckFacts, Finding, SeenRow, Sign
from ftkit.data.checks.texts import seen_row
from ftkit.data.records import Record
from ftkit.errors import DataError


def _collect() -> dict[str, ModuleType]:
    names = sorted(info.name for info in pkgutil.iter_modules(__path__) if info.name.startswith("fd"))
    modules = [importlib.import_module(f"{__name__}.{name}") for name in names]
    return {module.CODE: module for module in modules}


CHECKS: dict[str, ModuleType] = _collect()
"""The check modules by code, in order."""
FIXES: dict[str, ModuleType] = {
    module.FIX: module for module in CHECKS.values() if getattr(module, "FIX", None)
}
"""The check whose remedy it is, by the remedy's id."""


def check_fixes(fixes: Sequence[str]) -> None:
    """Refuse a remedy that nobody knows.

    Raises
    ------
    DataError
        With those that there are.
    """
    for fix in fixes:
        if fix not in FIXES:
            raise DataError(f"There is no fix called {fix!r}.", f"Choose among {', '.join(FIXES)}.")


def mending(fixes: Sequence[str]) -> Callable[[str], str] | None:
    """What the chosen remedies make of a text, one after another; None where they change none."""
    menders = [FIXES[fix].mend for fix in fixes if hasattr(FIXES.get(fix), "mend")]
    if not menders:
        return None

    def mend(text: str) -> str:
        for one in menders:
            text = one(text)
        return text

    return mend


class Checks:
    """All checks at work on one source.

    Parameters
    ----------
    facts
        What is known before the first row.
    """

    def __init__(self, facts: CheckFacts) -> None:
        self._form = facts.form
        self._looking = {
            code: module.Check(facts)
            for code, module in CHECKS.items()
            if facts.form in getattr(module, "FORMS", (facts.form,))
        }
        self._signs: dict[str, Sign] = {}

    def watch(
        self,
        ordinal: int,
        record: Record,
        file: str,
        part: str,
        row: dict[str, Any],
        tokens: int | None = None,
        trained: int | None = None,
    ) -> None:
        """Show every check the next row."""
        seen: SeenRow = seen_row(self._form, ordinal, record.number, file, part, row, tokens, trained)
        for looking in self._looking.values():
            looking.see(seen)

    def end(self, skipped: Sequence[Skipped]) -> None:
        """Hear every check, when all rows have gone by."""
        signs = {code: looking.sign(skipped) for code, looking in self._looking.items()}
        self._signs = {code: sign for code, sign in signs.items() if sign is not None}

    def findings(self) -> tuple[Finding, ...]:
        """What they found, the gravest first."""
        found = [_finding(CHECKS[code], sign) for code, sign in self._signs.items()]
        return tuple(sorted(found, key=lambda one: (_GRAVITY[one.severity], one.code)))

    def dropped(self, fixes: Sequence[str]) -> dict[int, str]:
        """The ordinals of the rows that the chosen remedies leave out, each with the reason."""
        out: dict[int, str] = {}
        for fix in fixes:
            module = FIXES[fix]
            sign = self._signs.get(module.CODE)
            if sign is not None and not hasattr(module, "mend"):
                for ordinal in sign.drop:
                    out.setdefault(ordinal, f"{module.CODE}: {module.TITLE[:1].lower()}{module.TITLE[1:]}")
        return out


_GRAVITY = {"error": 0, "warning": 1, "note": 2}


def _finding(module: ModuleType, sign: Sign) -> Finding:
    return Finding(
        code=module.CODE,
        severity=sign.severity or module.SEVERITY,
        title=module.TITLE,
        finding=sign.sentence,
        rows=tuple(sign.rows),
        meaning=module.MEANING,
        tries=module.TRY,
        fix=getattr(module, "FIX", None),
        fix_label=getattr(module, "FIX_LABEL", None),
    )


__all__ = ["CHECKS", "FIXES", "CheckFacts", "Checks", "Finding", "SeenRow", "Sign", "check_fixes", "mending"]
