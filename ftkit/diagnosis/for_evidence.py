"""What to change where it cannot be told how a run went: only what would let somebody tell."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from ftkit.diagnosis import changes as change
from ftkit.diagnosis.checks.ft002_too_few_points import FEWEST_STEPS
from ftkit.diagnosis.checks.ft120_rise_in_doubt import rise_in_doubt
from ftkit.diagnosis.outcome import Remedy
from ftkit.diagnosis.reading import Reading
from ftkit.diagnosis.rising import only_rose
from ftkit.diagnosis.settings import Settings
from ftkit.diagnosis.titles import EVAL_STEPS

# A warm-up that takes no larger share of the plan is not too long; the run was only stopped in it.
USUAL_WARMUP = 0.1
# What the form begins with, and the largest part that is worth holding back.
USUAL_PART, LARGEST_PART = 0.1, 0.3
# So many evaluations show a course, and cost little.
WANTED = 10
ENOUGH = "Enough evaluations for a verdict."
STANDS_OUT = "If the model does learn something, that stands out more clearly from what chance does."
PAST_THE_WARMUP = "The model is trained beyond the warm-up, so that its curve can be judged."


def for_evidence(settings: Settings, reading: Reading, codes: set[str]) -> list[Remedy | None]:
    """What to try, most promising first; ``None`` for what cannot be changed."""
    if "FT009" in codes:
        return [change.more_tries(settings)]
    if "FT010" in codes:
        return []  # neither more rows nor more steps mend an evaluation on what was practised
    if "FT001" in codes and not settings.misses_evaluations:
        return []  # more steps bring no evaluation that nobody asked for
    if "FT001" in codes:
        return [_for(change.longer(settings, "the run ended before it was evaluated once"), ENOUGH)]
    if "FT012" in codes and not codes & {"FT002", "FT003", "FT005", "FT007"}:
        return []  # no setting of the training gives what was not handed over
    if "FT007" in codes:
        # What shakes as far as it moves shakes no less in a longer run, and nobody knows that it would come out lower.
        return [_more_rows(settings)]
    if "FT003" in codes:
        falls = rise_in_doubt(reading) is None
        longer = change.longer(settings, "a larger effect is easier to see") if falls else None
        return [_more_rows(settings), _for(longer, STANDS_OUT)]
    if "FT120" in codes and not codes & {"FT002", "FT005"}:
        return [_more_rows(settings), change.another_seed(settings)]
    if "FT005" in codes:
        cut_short = settings.was_stopped or not reading.ended
        fits = cut_short and 0 < settings.warmup_share <= USUAL_WARMUP
        more_steps = change.longer(settings, "the warm-up left hardly any steps to learn in")
        return [
            None if fits else change.warmup(settings, 0.05, "as a share it cannot outlast the run"),
            _for(more_steps, PAST_THE_WARMUP),
        ]
    if not reading.ended or "FT002" not in codes:
        return []  # the evaluations are on their way, or it is not for want of them
    return _for_more_points(settings, reading)


def _more_rows(settings: Settings) -> Remedy | None:
    """A larger part held back; ``None`` where it is large already, or a file of its own."""
    share = settings.number("data.validation_share")
    steadier = "More held-out rows make the evaluation loss steadier."
    if settings.is_bare:
        reason = (
            f"{steadier} How many you hold back is not in the data: take twice as many as now. ({2 * USUAL_PART:g} is twice the "
            "part that is usual.)"
        )
        return _rows_held_back(None, 2 * USUAL_PART, reason, twice=True)
    if not share or share >= LARGEST_PART or settings.has_own_validation_part:
        return None
    to = round(min(LARGEST_PART, share * 2), 3)
    return _rows_held_back(share, to, steadier, twice=to == round(2 * share, 3))


def _rows_held_back(now: float | None, to: float, reason: str, *, twice: bool) -> Remedy:
    # By the square root of the number of rows.
    less = "about a third less" if twice else "less"
    return Remedy("data.validation_share", now, to, reason, f"Chance moves the evaluation loss {less}.")


def _for_more_points(settings: Settings, reading: Reading) -> list[Remedy | None]:
    often = _more_often(settings, reading)
    if _learnt_by_heart(reading):
        why = f"{change.best_there(reading)}, and it only rose after that, while the training loss fell"
        return [often, change.shorter(settings, reading, why)]
    # More steps only where these are too few to be evaluated more often, or are not those that were planned.
    if reading.last_step >= FEWEST_STEPS and not settings.was_stopped:
        return [often]
    return [_for(change.longer(settings, "a longer run has room for more evaluations"), ENOUGH)]


def _more_often(settings: Settings, reading: Reading) -> Remedy | None:
    """More evaluations of another tool's training: of ftkit's own runs their number is no setting, but reckoned."""
    if not settings.is_bare or reading.last_step < FEWEST_STEPS:
        return None
    steps = reading.eval.steps
    now = int(np.median(np.diff(steps))) if len(steps) > 1 else int(steps[0])
    to = max(1, reading.total_steps // WANTED)
    if to >= now:
        return None
    every = "at every step" if to == 1 else f"every {to} steps"
    reason = f"A run of {reading.total_steps} steps shows its course when it is evaluated {every}."
    return Remedy(EVAL_STEPS, now, to, reason, ENOUGH)


def _learnt_by_heart(reading: Reading) -> bool:
    """Whether the loss only rose since the best evaluation, while that on training rows fell."""
    trained = reading.trained_rows
    return trained is not None and trained.now < trained.then and only_rose(reading)


def _for(remedy: Remedy | None, effect: str) -> Remedy | None:
    """The same remedy, with what should come of it here."""
    return None if remedy is None else replace(remedy, expected_effect=effect)
