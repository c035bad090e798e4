"""What a diagnosis is made of: plain data, no arithmetic."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from ftkit.diagnosis.titles import name_of, title_of, value_text
from ftkit.diagnosis.track_record import in_words

Severity = Literal["issue", "tip"]
Verdict = Literal["overfitting", "underfitting", "healthy", "unstable", "not-enough-evidence"]

VERDICT_WORDS: dict[str, str] = {
    "overfitting": "Overfitting",
    "underfitting": "Underfitting",
    "healthy": "Healthy",
    "unstable": "Unstable",
    "not-enough-evidence": "Not enough evidence",
}

CLEARNESS = (0.9, "very clear"), (0.75, "clear"), (0.5, "fairly clear")
"""From which confidence on the evidence is called so."""

MOST_REMARKS = 10


@dataclass(frozen=True)
class Sign:
    """What a check saw.

    Attributes
    ----------
    sentence
        One plain sentence with the numbers.
    evidence
        The numbers by name, as JSON can hold them.
    strength
        How clearly it was seen, from 0 to 1. Not a calibrated probability.
    severity, verdict
        Where this case is milder (or worse) than the check's own; ``None`` keeps the check's.
    means, try_
        Where this case means something else, or something else is to be tried; ``None`` keeps the check's.
    """

    sentence: str
    evidence: dict[str, Any] = field(default_factory=dict)
    strength: float = 0.9
    severity: Severity | None = None
    verdict: Verdict | Literal["none"] | None = None
    means: str | None = None
    try_: str | None = None


@dataclass(frozen=True)
class NotApplicable:
    """The check could not be made.

    Attributes
    ----------
    why
        A sentence: what was missing.
    """

    why: str


@dataclass(frozen=True)
class Finding:
    """A check that found something, with all that is known about it.

    Attributes
    ----------
    code
        Such as ``FT101``; it never changes meaning.
    verdict
        The verdict it argues for, or ``None`` where it is only worth knowing.
    """

    code: str
    title: str
    severity: Severity
    sentence: str
    evidence: dict[str, Any]
    means: str
    try_: str
    strength: float
    verdict: Verdict | None = None


@dataclass(frozen=True)
class Looked:
    """A check that found nothing, or could not be made (then `why` says so)."""

    code: str
    title: str
    why: str = ""


@dataclass(frozen=True)
class Remedy:
    """One change to try in the next run.

    Attributes
    ----------
    field
        Dotted path in the recipe, such as ``training.learning_rate``; of a run without a recipe perhaps ``eval_steps``, the
        argument of the Trainer.
    from_, to
        The value this run had (``None``: it is not known, or automatic) and the one to try.
    reason
        One sentence: why this, after what this run showed.
    expected_effect
        One sentence: what should be seen if it helps.
    also
        Changes that belong to it, as ``((path, from, to), …)``: alpha follows the rank.
    optional
        True where nothing is wrong and this is only the next experiment.
    """

    field: str
    from_: Any
    to: Any
    reason: str
    expected_effect: str
    also: tuple[tuple[str, Any, Any], ...] = ()
    optional: bool = False

    @property
    def changes(self) -> dict[str, Any]:
        """Every change, as ``{path: new value}``: what ``Recipe.changed`` takes."""
        return {self.field: self.to, **{path: to for path, _, to in self.also}}

    @property
    def title(self) -> str:
        """Such as ``Epochs: 5 → 2`` (and what belongs to it)."""
        if self.from_ == self.to:
            return f"{name_of(self.field)}: {value_text(self.to, self.field)}, to the end this time"
        return title_of(((self.field, self.from_, self.to), *self.also))

    def __str__(self) -> str:
        """One line for a terminal: every change, what to write into ``recipe.yaml``, why, and what should come of it."""
        lines = ", ".join(
            f"{path} = {to:g}" if isinstance(to, float) else f"{path} = {to}"
            for path, to in self.changes.items()
        )
        written = "" if self.from_ == self.to else f" ({lines})"
        return f"{self.title}{written}. {self.reason} Expected: {self.expected_effect}"

    def to_json(self) -> dict[str, Any]:
        """The remedy as plain data."""
        return {
            "field": self.field,
            "from": self.from_,
            "to": self.to,
            "reason": self.reason,
            "expected_effect": self.expected_effect,
            "also": [{"field": path, "from": old, "to": new} for path, old, new in self.also],
            "optional": self.optional,
        }


@dataclass(frozen=True)
class Diagnosis:
    """The verdict on a run and everything behind it.

    Attributes
    ----------
    verdict
        ``overfitting``, ``underfitting``, ``healthy``, ``unstable`` or ``not-enough-evidence``.
    confidence
        From 0 (cannot tell) to 1: how clear the evidence is. Not a calibrated probability.
    best_step
        The step whose model is worth keeping: of the lowest evaluation loss, or where the trainer keeps the checkpoint
        by another metric (``metric_for_best_model``), the best by that; ``None`` without an evaluation.
    sentence
        The verdict in plain words, with the numbers.
    findings, passed, not_applicable
        Every check is in exactly one of the three.
    remedies
        What to change next, most promising first; never empty where the run's settings are known.
    numbers
        The figures of the chart and the verdict line: base, best and last evaluation loss and their steps.
    track_record
        How often this verdict was right on test runs of which the truth is known
        (:func:`ftkit.diagnosis.track_record.track_record`); ``None`` where those runs say nothing about this one: while
        it goes on, where it learns from rewards, and where nothing was evaluated.
    remarks
        What could not be read of the history, or was read in a way that the person should know of.
    """

    verdict: str
    confidence: float
    best_step: int | None
    sentence: str
    findings: tuple[Finding, ...] = ()
    passed: tuple[Looked, ...] = ()
    not_applicable: tuple[Looked, ...] = ()
    remedies: tuple[Remedy, ...] = ()
    numbers: dict[str, Any] = field(default_factory=dict)
    track_record: dict[str, Any] | None = None
    remarks: tuple[str, ...] = ()

    @property
    def clearness(self) -> str:
        """The confidence in a word, as a figure reads like a probability: ``very clear`` to ``faint``."""
        return next((word for least, word in CLEARNESS if self.confidence >= least), "faint")

    @property
    def opening(self) -> str:
        """What stands above the remedies: whether there is something to mend, or only something to try."""
        optional = all(remedy.optional for remedy in self.remedies)
        if optional and self.verdict == "healthy":
            return "Nothing has to change. If you like, an optional next experiment"
        return "If you like, try next" if optional else "What to change next"

    @property
    def first_remarks(self) -> list[str]:
        """The remarks, and of very many (a damaged file has one a line) only the first."""
        more = len(self.remarks) - MOST_REMARKS
        return [*self.remarks[:MOST_REMARKS], *([f"and {more} more of this kind"] if more > 0 else [])]

    def to_json(self) -> dict[str, Any]:
        """The diagnosis as plain data, with the same keys as the attributes; what is no finite number is None."""
        findings = [asdict(finding) for finding in self.findings]
        for finding in findings:
            finding["try"] = finding.pop("try_")
        found = {
            "verdict": self.verdict,
            "confidence": self.confidence,
            "best_step": self.best_step,
            "sentence": self.sentence,
            "findings": findings,
            "passed": [{"code": look.code, "title": look.title} for look in self.passed],
            "not_applicable": [asdict(look) for look in self.not_applicable],
            "remedies": [remedy.to_json() for remedy in self.remedies],
            "numbers": self.numbers,
            "track_record": self.track_record,
            "remarks": self.first_remarks,
        }
        return {key: _finite(value) for key, value in found.items()}

    def text(self) -> str:
        """The diagnosis for a terminal: verdict, findings, what to try."""
        lines = [self.sentence]
        if self.verdict != "not-enough-evidence":
            lines.append(f"The evidence in this run is {self.clearness}.")
        lines += [in_words(self.track_record)] if self.track_record else []
        for finding in self.findings:
            lines += ["", f"{finding.code} {finding.title}: {finding.sentence}"]
            lines += [f"  means: {finding.means}", f"  try: {finding.try_}"]
        if self.remedies:
            lines += ["", f"{self.opening}:", *(f"  {remedy}" for remedy in self.remedies)]
        if self.remarks:
            lines += ["", "About what was read:", *(f"  {remark}" for remark in self.first_remarks)]
        lines += ["", f"{len(self.passed)} checks passed, {len(self.not_applicable)} could not be made."]
        return "\n".join(lines)

    def __str__(self) -> str:
        return self.text()

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        printer.text(self.text())


def _finite(value: Any) -> Any:
    """The same without NaN and infinities, which JSON does not have."""
    if isinstance(value, dict):
        return {key: _finite(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(item) for item in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
