"""The checks: one file each, collected from this folder.

A check is a module ``ftNNN_what_it_sees`` with ``CODE``, ``TITLE``, ``SEVERITY``, ``VERDICT`` (the verdict it argues
for, or ``None``), ``MEANS``, ``TRY``, where it also says something about runs that learn from rewards
``FOR_REWARDS = True``, and one function ``check(reading)`` that returns a
:class:`~ftkit.diagnosis.outcome.Sign`, ``None`` (looked, nothing there) or
:class:`~ftkit.diagnosis.outcome.NotApplicable`. A code never changes its meaning.

FT0.. ask *can we tell at all?*, FT1.. *what is wrong?*, FT2.. *what was wasted?*
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable
from dataclasses import dataclass

from ftkit.diagnosis.outcome import Finding, Looked, NotApplicable, Severity, Sign, Verdict
from ftkit.diagnosis.reading import Reading


@dataclass(frozen=True)
class Check:
    """One check as its module describes it."""

    code: str
    title: str
    severity: Severity
    verdict: Verdict | None
    means: str
    try_: str
    look: Callable[[Reading], Sign | NotApplicable | None]
    for_rewards: bool = False

    def __call__(self, reading: Reading) -> Finding | Looked:
        """The finding, or that it looked: with `why` where it could not."""
        if reading.history.rewarded and not self.for_rewards:
            return Looked(self.code, self.title, "the loss of a run that learns from rewards is no measure")
        seen = self.look(reading)
        if not isinstance(seen, Sign):
            return Looked(self.code, self.title, seen.why if seen else "")
        argued = seen.verdict or self.verdict
        return Finding(
            code=self.code,
            title=self.title,
            severity=seen.severity or self.severity,
            sentence=seen.sentence,
            evidence=seen.evidence,
            means=seen.means or self.means,
            try_=seen.try_ or self.try_,
            strength=seen.strength,
            verdict=None if argued == "none" else argued,
        )


def _collect() -> dict[str, Check]:
    found: dict[str, Check] = {}
    for info in sorted(pkgutil.iter_modules(__path__), key=lambda item: item.name):
        module = importlib.import_module(f"{__name__}.{info.name}")
        found[module.CODE] = Check(
            module.CODE,
            module.TITLE,
            module.SEVERITY,
            module.VERDICT,
            module.MEANS,
            module.TRY,
            module.check,
            getattr(module, "FOR_REWARDS", False),
        )
    return found


CHECKS = _collect()
