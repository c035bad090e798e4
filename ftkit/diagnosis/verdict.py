"""From a history to a verdict: run the checks, weigh what they found, say it in one sentence."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from ftkit.diagnosis.checks import CHECKS
from ftkit.diagnosis.checks.ft120_rise_in_doubt import WITHOUT_A_VERDICT
from ftkit.diagnosis.evidence import Evidence
from ftkit.diagnosis.numbers import numbers_of
from ftkit.diagnosis.outcome import Diagnosis, Finding, Looked
from ftkit.diagnosis.reading import Reading, planned_looks
from ftkit.diagnosis.remedies import remedies
from ftkit.diagnosis.source import Source, folder_of, read_source
from ftkit.diagnosis.track_record import track_record
from ftkit.diagnosis.wording import NOT_YET_DONE, brought_late, sentence_of
from ftkit.runfolder import RunFolder

# Weighed in this order; without any evaluation, or on rows that were trained on, nothing but "not enough evidence" is ever said.
_ORDER = ("unstable", "not-enough-evidence", "overfitting", "underfitting")
IN_DOUBT = "FT120"
"""Of a healthy run with this finding the record has figures of its own."""
_NO_EVALUATION = {"FT001", "FT010"}
# With too few evaluations or held-out rows a run is called unstable only for what the training itself shows beyond doubt.
_TOO_FEW, _PLAIN = {"FT002", "FT003", "FT012"}, {"FT102", "FT103", "FT105"}
# What would say of a training that went to pieces that its end was chance, or time spent for nothing.
_OF_SOUND_RUNS = {"FT120", "FT201"}
_BROKEN = "the training went to pieces: how it ended says nothing else"
# Where noise or too few rows hide how the run went, what these say of it may be noise, and what they advise a step into the dark.
_HIDDEN_BY = {"FT003": {"FT108"}, "FT007": {"FT108", "FT109", "FT112", "FT113"}}
_CANNOT_TELL = "it cannot be told how the run went ({})"
# Only of a run that learned enough can be said that a shorter one would have done.
_OF_ENOUGH_LEARNED = {"FT201"}
_TOO_LITTLE = "the run learned too little ({}): a shorter one would have learned no more"
# What takes higher for worse, or lower for better: of values that are no losses it may be the other way round.
_OF_LOSSES = {"FT101", "FT103", "FT108", "FT109", "FT110", "FT112", "FT113", "FT117", "FT120", "FT201"}
_NO_LOSSES = "the values are no losses (FT008)"
_NEARLY = 0.15


def diagnose(
    source: Source,
    recipe: Mapping[str, Any] | None = None,
    *,
    ended: bool | None = None,
    folder: RunFolder | None = None,
) -> Diagnosis:
    """Read a run's curves and say what they show, with the evidence.

    Parameters
    ----------
    source
        A run (name, path or :class:`~ftkit.runfolder.RunFolder`); a Trainer, its state (object, dict, or the path of a
        ``trainer_state.json`` or of a checkpoint folder) or its ``log_history``; ``{"train": [[step, loss], …], "eval": [[step,
        loss], …]}`` (or a file with it), what ``model.fit`` of Keras returns; or a :class:`~ftkit.runfolder.History`.
    recipe
        The run's recipe as a plain tree, for the remedies' values; read from the run folder where there is one.
    ended
        Whether the run is over; by default the run's own state or its planned number of steps says so.

    folder
        Where the run keeps what is known beside its curves; needed only where `source` is a history in memory.

    Returns
    -------
    Diagnosis
        It covers the sampling of the held-out rows and the jitter of the curve, not what another seed would give.

    Raises
    ------
    RunError
        Where there is nothing to read at `source`.
    """
    history, own_recipe, own_ended = read_source(source)
    folder = folder or folder_of(source)
    evidence = Evidence.from_run(folder) if folder else Evidence()
    reading = Reading(history, ended=own_ended if ended is None else ended, evidence=evidence)
    if not reading.ended:
        reading.looks = planned_looks(history)
    return judge(reading, recipe if recipe is not None else own_recipe)


# Losses near the largest number there is overflow when they are squared: what comes of it is told, a warning is no help.
@np.errstate(over="ignore", invalid="ignore")
def judge(reading: Reading, recipe: Mapping[str, Any] | None = None) -> Diagnosis:
    """Run every check on a reading and weigh the findings."""
    outcomes = [check(reading) for check in CHECKS.values()]
    findings = tuple(item for item in outcomes if isinstance(item, Finding))
    looked = [item for item in outcomes if isinstance(item, Looked)]
    if any(item.code == "FT008" for item in findings):
        findings = _without(_OF_LOSSES, _NO_LOSSES, findings, looked)
    verdict, reasons = _weigh(findings)
    if verdict == "unstable":
        findings = _without(_OF_SOUND_RUNS, _BROKEN, findings, looked)
    findings = _in_keeping(verdict, reasons, findings, looked)
    # What argues for the verdict is read first, then other issues, then tips.
    ranked = sorted(findings, key=lambda item: (item not in reasons, item.severity != "issue", item.code))
    return Diagnosis(
        verdict=verdict,
        confidence=round(_confidence(verdict, reasons, reading, findings), 2),
        best_step=reading.best_step,
        sentence=sentence_of(verdict, reasons, reading, findings),
        findings=tuple(ranked),
        passed=tuple(item for item in looked if not item.why),
        not_applicable=tuple(item for item in looked if item.why),
        remedies=remedies(verdict, findings, reading, recipe),
        numbers=numbers_of(reading),
        track_record=_record(verdict, reading, findings),
        remarks=tuple(reading.history.problems),
    )


def _in_keeping(
    verdict: str, reasons: tuple[Finding, ...], findings: tuple[Finding, ...], looked: list[Looked]
) -> tuple[Finding, ...]:
    """The findings without what would advise the opposite of the verdict's remedies."""
    if verdict not in ("not-enough-evidence", "underfitting"):
        return findings
    why = _TOO_LITTLE if verdict == "underfitting" else _CANNOT_TELL
    hidden = _OF_ENOUGH_LEARNED.union(*(_HIDDEN_BY.get(item.code, set()) for item in reasons))
    # That a training went to pieces is told whatever else is missing.
    hidden -= {item.code for item in findings if item in reasons or item.verdict == "unstable"}
    findings = _without(hidden, why.format(reasons[0].code), findings, looked)
    return tuple(
        replace(item, try_=WITHOUT_A_VERDICT) if item.code == IN_DOUBT else item for item in findings
    )


def _without(
    codes: set[str], why: str, findings: tuple[Finding, ...], looked: list[Looked]
) -> tuple[Finding, ...]:
    """The other findings; those of these codes are noted as checks that could not be made."""
    looked += [Looked(item.code, item.title, why) for item in findings if item.code in codes]
    return tuple(item for item in findings if item.code not in codes)


def _record(verdict: str, reading: Reading, findings: tuple[Finding, ...]) -> dict[str, Any] | None:
    if not reading.ended or reading.history.rewarded:
        return None
    if verdict == "not-enough-evidence" and not len(reading.eval):
        return None  # that nothing was evaluated is plain to see: no test run makes it any surer
    doubted = verdict == "healthy" and any(item.code == IN_DOUBT for item in findings)
    return track_record(IN_DOUBT if doubted else verdict, reading.history.epochs)


def _weigh(findings: tuple[Finding, ...]) -> tuple[str, tuple[Finding, ...]]:
    # A tip (a few rows of many were trained on) argues for nothing.
    none = any(item.code in _NO_EVALUATION and item.verdict == "not-enough-evidence" for item in findings)
    order = ("not-enough-evidence",) if none else _ORDER
    too_few = any(item.code in _TOO_FEW and item.verdict == "not-enough-evidence" for item in findings)
    for verdict in order:
        arguing = tuple(item for item in findings if item.verdict == verdict)
        if verdict == "unstable" and too_few and not any(item.code in _PLAIN for item in arguing):
            continue
        if arguing:
            return verdict, arguing
    return "healthy", ()


def _confidence(
    verdict: str, reasons: tuple[Finding, ...], reading: Reading, findings: tuple[Finding, ...]
) -> float:
    if verdict == "not-enough-evidence":
        return 0.0
    if reasons:
        return max(item.strength for item in reasons)
    if any(item.code == IN_DOUBT for item in findings):
        return 0.5
    # Healthy is the absence of signs: worth more the more could have been seen, and less where one nearly was.
    nearly = _NEARLY if brought_late(reading) >= NOT_YET_DONE else 0.0
    return 0.6 + 0.2 * min(1.0, len(reading.eval) / 12) + (0.15 if reading.per_row else 0.0) - nearly
