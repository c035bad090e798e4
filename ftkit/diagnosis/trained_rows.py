"""How the loss on rows that are trained on went while the evaluation loss was past its best.

The running training loss is a poor witness: dropout is on, and the weights move while it is averaged. Where a fixed slice
of the training rows was evaluated like the held-out ones, around the best step and again later, that one is asked.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from ftkit.diagnosis.statistics import Floats, jitter, paired_difference
from ftkit.runfolder import History

# A measurement of the slice speaks for the best step where it is no further away than this share of the run.
NEAR = 0.2
# Up by less is no course: of the running loss, which its batches move, and of the slice, whose rows stay the same.
UP = 0.02


class TrainedRows(NamedTuple):
    """The loss on training rows at the best evaluation and at the end.

    Attributes
    ----------
    then, now
        Loss around the best evaluation, and at the last.
    since, step
        The steps at which they were taken.
    turned_up
        Whether it rose, too, beyond noise.
    same_mode
        True for the fixed slice, evaluated as the held-out rows are; false for the running training loss.
    """

    then: float
    now: float
    since: int
    step: int
    turned_up: bool
    same_mode: bool

    @property
    def name(self) -> str:
        """What was looked at, for a sentence."""
        return (
            "the loss on training rows, evaluated in the same way," if self.same_mode else "the training loss"
        )

    def evidence(self) -> dict[str, Any]:
        """The numbers by name."""
        return {
            "train_loss_at_best": self.then,
            "train_loss_at_end": self.now,
            "train_loss_is": "fixed slice, evaluated" if self.same_mode else "running training loss",
        }


def since_best(
    history: History, best: float, last: float, steps: Floats, values: Floats
) -> TrainedRows | None:
    """From the slice where it was measured at the right time, else from the logged training losses.

    Parameters
    ----------
    history
        For the slice.
    best, last
        The steps of the best and of the last evaluation.
    steps, values
        The logged training losses.
    """
    return _from_slice(history, best, last) or _from_running(best, last, steps, values)


def _from_slice(history: History, best: float, last: float) -> TrainedRows | None:
    measured = {step: loss for step, loss in history.train_slice if np.isfinite(loss)}
    if len(measured) < 2:
        return None
    step = max(measured)
    since = min((at for at in measured if at != step), key=lambda at: abs(at - best))
    # A stretch that is mostly before the best would only tell that the model learned.
    if abs(since - best) > NEAR * last or step - best < (last - best) / 2:
        return None
    then, now = measured[since], measured[step]
    up = now > then * (1 + UP) and _beyond_the_rows(history, since, step)
    return TrainedRows(then, now, int(since), int(step), up, True)


def _beyond_the_rows(history: History, since: int, step: int) -> bool:
    rows = history.train_slice_evaluations
    before, after = rows.get(since, {}), rows.get(step, {})
    ids = sorted(before.keys() & after.keys())
    if len(ids) < 2:
        return True
    tokens = np.array([before[row][1] for row in ids], dtype=np.float64)
    losses = np.array([[part[row][0] for row in ids] for part in (before, after)])
    if not tokens.all() or not np.isfinite(losses).all():
        return True
    return paired_difference(losses[1], losses[0], tokens).low > 0


def _from_running(best: float, last: float, steps: Floats, values: Floats) -> TrainedRows | None:
    if len(values) < 2:
        return None
    count = max(2, len(values) // 10)

    def near(step: float) -> float:
        closest = np.argsort(np.abs(steps - step), kind="stable")[:count]
        return float(values[closest].mean())

    then, now = near(best), near(last)
    shaking = jitter(steps, values) if len(values) >= 4 else 0.0
    return TrainedRows(then, now, int(best), int(last), now > then + max(shaking, UP * abs(then)), False)
