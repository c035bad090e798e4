"""Whether to end a run now: early stopping that waits for evidence."""

from __future__ import annotations

import numpy as np

from ftkit.diagnosis.by_heart import climbs_in_order
from ftkit.diagnosis.checks import CHECKS
from ftkit.diagnosis.checks.ft120_rise_in_doubt import end_of
from ftkit.diagnosis.outcome import Finding
from ftkit.diagnosis.reading import WORTH_MENTIONING, Reading, planned_looks
from ftkit.diagnosis.rise import both_at_once
from ftkit.diagnosis.said import above
from ftkit.diagnosis.source import Source, read_source
from ftkit.diagnosis.verdict import diagnose
from ftkit.diagnosis.wording import by_metric
from ftkit.runfolder import History

# A rise by less of the loss is often undone, and going on costs next to nothing: no run is ended for it.
_WORTH_ENDING = 0.02
_STEPS_PAST_BEST = 3
_SHARE_PAST_BEST = 0.3
# Over how many evaluations a rise has to last before a run is stopped; of many, this many are asked.
_LOOKS_THAT_AGREE = 3
_SHARE_THAT_AGREES = 0.1
_LOOKS_ASKED = 5
# A climb of so many evaluations by this share of the loss, whose size and order would both be chance in so few runs at once,
# needs no more looks. (A smaller one is often undone where the rate is cut.) A loss that only rose from the first evaluation on
# is given as many: it may be settling.
_LONG_CLIMB, _CLIMBED, _AT_ONCE = 12, 0.1, 0.003
# Who says that it cannot be told what a rise is does not end a run for it.
_KEEP_BACK = ("FT003", "FT005", "FT012")
_MORE_PROOF = (
    " `diagnose` calls this overfitting. To end a run takes more proof than a verdict does: a run that is ended too early is lost, and "
    "one that goes on too long only costs time."
)
_RAISED_AGAIN = "The learning rate was raised again since the best evaluation: before it has come down once more, a rise tells nothing."


@np.errstate(over="ignore", invalid="ignore")
def should_stop(source: Source) -> tuple[bool, str]:
    """Whether to end a run now, because going on only does harm; cheap enough for every evaluation.

    Takes all that :func:`diagnose` takes. A plateau is no reason: a falling learning rate often ends one, and the best
    step is kept anyway. Nor is a training that ran away: as its rate falls it often comes back (of the eight real ones of
    ``benchmarks/histories`` that thresholds are set on, five ended below the base's loss). The threshold allows for being asked
    at every evaluation, and what it finds has to hold for several evaluations in a row, as noise that wanders slowly looks like
    a rise for a while.

    Returns
    -------
    tuple
        (stop, reason): the reason is a sentence in either case.
    """
    history, _, ended = read_source(source)
    stop, reason = decide(history)
    if not stop and _rises_by_the_verdict(history, ended) and diagnose(source).verdict == "overfitting":
        reason += _MORE_PROOF
    return stop, reason


def decide(history: History) -> tuple[bool, str]:
    """Whether to stop, and why: what :func:`should_stop` asks, without a word about the verdict. Cheap."""
    looks = planned_looks(history)
    reading = Reading(history, ended=False, looks=looks)
    broken = CHECKS["FT102"](reading)
    if isinstance(broken, Finding) and broken.verdict == "unstable":
        return True, broken.sentence
    if history.rewarded:
        return False, "It learns from rewards: its loss is no reason to stop."
    if isinstance(CHECKS["FT008"](reading), Finding):
        return False, "The values are no losses: nobody knows whether higher ones are worse."
    unevaluated = CHECKS["FT001"](reading)
    if isinstance(unevaluated, Finding) and unevaluated.evidence.get("without_loss"):
        return False, unevaluated.sentence
    if len(reading.eval) < 5:
        return False, "There are too few evaluations to tell."
    if not _best_is_long_past(reading):
        return False, _why_wait(reading)
    if not _is_worth_ending(reading):
        return False, _not_convinced(reading)
    if reading.is_restarted:
        return False, _RAISED_AGAIN
    if _comes_down(reading):
        return False, "The evaluation loss is coming down again."
    lacking = _what_lacks(history)
    if lacking is not None:
        return False, lacking
    long_climb = _climbs_for_long(reading)
    found = CHECKS["FT101"](Reading(history, ended=True) if long_climb else reading)
    if not isinstance(found, Finding):
        return False, _not_convinced(reading)
    if long_climb:
        return True, _stop_for(found, reading)
    for step in _looks_that_confirm(reading):
        earlier = Reading(history.until(step), ended=False, looks=looks)
        if not (_best_is_long_past(earlier) and isinstance(CHECKS["FT101"](earlier), Finding)):
            return False, "The evaluation loss has turned up, but not yet for long enough to rule out noise."
    return True, _stop_for(found, reading)


def _rises_by_the_verdict(history: History, ended: bool | None) -> bool:
    """Whether the check behind the verdict finds a rise: most evaluations are spared the whole of a diagnosis."""
    reading = Reading(history, ended=ended)
    if not reading.ended:
        reading.looks = planned_looks(history)
    return isinstance(CHECKS["FT101"](reading), Finding)


def _stop_for(found: Finding, reading: Reading) -> str:
    return f"{found.sentence} Step {reading.best_step}{by_metric(reading)} is the one to keep."


def _what_lacks(history: History) -> str | None:
    """What would keep a verdict back once the run has ended here; None where nothing would."""
    over = Reading(history, ended=True)
    outcomes = [CHECKS[code](over) for code in _KEEP_BACK]
    lacking = (one for one in outcomes if isinstance(one, Finding) and one.verdict == "not-enough-evidence")
    return next((one.sentence for one in lacking), None)


def _why_wait(reading: Reading) -> str:
    """Why the best evaluation is not long enough past."""
    if _may_be_settling(reading) and _past_best(reading) >= _STEPS_PAST_BEST:
        return "The evaluation loss never came below the first evaluation; it may still be settling."
    kept = reading.history.kept
    what = "evaluation loss" if kept is None else f"evaluation loss, or {kept.metric},"
    step, ago = _best_by_either(reading)
    if not ago:
        return f"The {what} was at its best a moment ago, at the last evaluation."
    return f"The {what} was at its best {ago} {'evaluation' if ago == 1 else 'evaluations'} ago, at step {step}. A run is ended only when its best is long past and the loss rose since."


def _best_by_either(reading: Reading) -> tuple[int, int]:
    """The step of the latest best one, by the loss or by what the checkpoint is chosen by, and how many evaluations came after."""
    steps, kept = reading.eval.steps, reading.history.kept
    step = int(steps[reading.best]) if kept is None else max(int(steps[reading.best]), kept.step)
    return step, int((steps > step).sum())


def _may_be_settling(reading: Reading) -> bool:
    """Whether the first evaluation was the best one, and was not the base's."""
    return reading.best == 0 and reading.base is None


def _comes_down(reading: Reading) -> bool:
    """Whether the last evaluation is the lowest of the last three: a peak may be behind the run."""
    *before, last = reading.eval.values[-3:]
    return bool(last < min(before))


def _climbs_for_long(reading: Reading) -> bool:
    """Whether it climbs for so long, in such an order, that a few looks in a row would tell nothing new."""
    rise = reading.rise
    if rise is None or _past_best(reading) < _LONG_CLIMB or rise.value < _CLIMBED * abs(reading.best_loss):
        return False
    if not climbs_in_order(reading):
        return False
    return both_at_once(rise.chance, reading.climb_by_chance) <= _AT_ONCE


def _is_worth_ending(reading: Reading) -> bool:
    """Whether the loss rose by so much that going on does harm."""
    return reading.rise is not None and reading.rise.value >= _WORTH_ENDING * abs(reading.best_loss)


def _not_convinced(reading: Reading) -> str:
    """Why a rise, where there is one, is no reason to stop."""
    rise = reading.rise
    if rise is None or rise.value < WORTH_MENTIONING * abs(reading.best_loss):
        return "The evaluation loss has not turned up."
    if not _is_worth_ending(reading):
        return f"The evaluation loss rose by {100 * rise.value / abs(reading.best_loss):.1f} %: too little to end a run for."
    rose = "The evaluation loss rose"
    if reading.best_loss:
        end, share = end_of(reading)
        rose = f"{end.capitalize()} lies {above(share)} the best"
    if reading.trained_rows is not None and reading.trained_rows.turned_up:
        return f"{rose}, and the training loss rose as well: the training may be going astray. `diagnose` says more."
    return f"{rose}; in a run that is asked about so often it takes more evaluations to be sure that this is no noise."


def _past_best(reading: Reading) -> int:
    """Evaluations since the best one."""
    rise, kept = reading.rise, reading.history.kept
    after = 0 if rise is None else rise.after
    if kept is not None:  # the loss may rise while what the person goes by gets better
        after = min(after, int((reading.eval.steps > kept.step).sum()))
    return after


def _best_is_long_past(reading: Reading) -> bool:
    """Going on costs little against losing a better step: wait longer where the best came late."""
    after = _past_best(reading)
    least = _LONG_CLIMB if _may_be_settling(reading) else _STEPS_PAST_BEST
    return after >= max(least, round(_SHARE_PAST_BEST * (len(reading.eval) - after)))


def _looks_that_confirm(reading: Reading) -> list[int]:
    """The steps of the evaluations before this one at which the same must have been seen; latest first, a few of many."""
    count = len(reading.eval)
    back = max(_LOOKS_THAT_AGREE, round(_SHARE_THAT_AGREES * count)) - 1
    chosen = {-(-back * k // _LOOKS_ASKED) for k in range(1, _LOOKS_ASKED + 1)}
    return [int(reading.eval.steps[count - 1 - ago]) for ago in sorted(chosen) if ago < count]
