"""Whether to end a run now: early stopping that waits for evidence."""

from __future__ import annotations

import numpy as np

from ftkit.diagnosis.checks import CHECKS
from ftkit.diagnosis.checks.ft120_rise_in_doubt import end_of
from ftkit.diagnosis.outcome import Finding
from ftkit.diagnosis.reading import WORTH_MENTIONING, Reading, planned_looks
from ftkit.diagnosis.said import above
from ftkit.diagnosis.source import Source, read_source
from ftkit.diagnosis.wording import by_metric

_STEPS_PAST_BEST = 3
_SHARE_PAST_BEST = 0.3
# Over how many evaluations a rise has to last before a run is stopped; of many, this many are asked.
_LOOKS_THAT_AGREE = 3
_SHARE_THAT_AGREES = 0.1
_LOOKS_ASKED = 5


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
    history, _, _ = read_source(source)
    looks = planned_looks(history)
    reading = Reading(history, ended=False, looks=looks)
    broken = CHECKS["FT102"](reading)
    if isinstance(broken, Finding) and broken.verdict == "unstable":
        return True, broken.sentence
    if history.rewarded:
        return False, "It learns from rewards: its loss is no reason to stop."
    if len(reading.eval) < 5:
        return False, "There are too few evaluations to tell."
    if not _best_is_long_past(reading):
        what = "evaluation loss" if history.kept is None else f"evaluation loss, or {history.kept.metric},"
        return False, f"The {what} was at its best a moment ago."
    found = CHECKS["FT101"](reading)
    if not isinstance(found, Finding):
        return False, _not_convinced(reading)
    for step in _looks_that_confirm(reading):
        earlier = Reading(history.until(step), ended=False, looks=looks)
        if not (_best_is_long_past(earlier) and isinstance(CHECKS["FT101"](earlier), Finding)):
            return False, "The evaluation loss has turned up, but not yet for long enough to rule out noise."
    return True, f"{found.sentence} Step {reading.best_step}{by_metric(reading)} is the one to keep."


def _not_convinced(reading: Reading) -> str:
    """Why a rise, where there is one, is no reason to stop."""
    rise = reading.rise
    if rise is None or rise.value < WORTH_MENTIONING * abs(reading.best_loss):
        return "The evaluation loss has not turned up."
    rose = "The evaluation loss rose"
    if reading.best_loss:
        end, share = end_of(reading)
        rose = f"{end.capitalize()} lies {above(share)} the best"
    if reading.trained_rows is not None and reading.trained_rows.turned_up:
        return f"{rose}, and the training loss rose as well: the training may be going astray. `diagnose` says more."
    return f"{rose}; in a run that is asked about so often it takes more evaluations to be sure that this is no noise."


def _best_is_long_past(reading: Reading) -> bool:
    """Going on costs little against losing a better step: wait longer where the best came late."""
    rise, kept = reading.rise, reading.history.kept
    if rise is None:
        return False
    after = rise.after
    if kept is not None:  # the loss may rise while what the person goes by gets better
        after = min(after, int((reading.eval.steps > kept.step).sum()))
    return after >= max(_STEPS_PAST_BEST, round(_SHARE_PAST_BEST * (len(reading.eval) - after)))


def _looks_that_confirm(reading: Reading) -> list[int]:
    """The steps of the evaluations before this one at which the same must have been seen; latest first, a few of many."""
    count = len(reading.eval)
    back = max(_LOOKS_THAT_AGREE, round(_SHARE_THAT_AGREES * count)) - 1
    chosen = {-(-back * k // _LOOKS_ASKED) for k in range(1, _LOOKS_ASKED + 1)}
    return [int(reading.eval.steps[count - 1 - ago]) for ago in sorted(chosen) if ago < count]
