"""Few evaluations, each above the one before: too few for a verdict, but worth a word."""

from __future__ import annotations

import numpy as np

from ftkit.diagnosis.reading import WORTH_MENTIONING, Reading
from ftkit.runfolder import better_when

# One value above another may be luck; this many in a row, each above the last, are seldom.
IN_A_ROW = 3


def only_rose(reading: Reading) -> bool:
    """Whether the loss rose from one evaluation to the next since the best, and the answers got no better meanwhile."""
    after = reading.eval.values[reading.best :]
    return len(after) >= IN_A_ROW and bool((np.diff(after) > 0).all()) and not answers_got_better(reading)


def answers_got_better(reading: Reading) -> bool:
    """Whether a metric of the task was at its best at the last evaluation, and better than where the loss was lowest."""
    for name in reading.metrics:
        curve = reading.logged(name)
        if not len(curve) or curve.steps[-1] < reading.eval.steps[-1]:
            continue
        values = curve.values if better_when(name) == "higher" else -curve.values
        if values[-1] >= values.max() and values[-1] > np.interp(
            reading.lowest_step or 0, curve.steps, values
        ):
            return True
    return False


def rose_throughout(reading: Reading) -> str:
    """That the loss only rose from the first evaluation on (before it the base's may lie anywhere); empty where it did not."""
    history = reading.history
    if history.rewarded or history.kept is not None or reading.is_restarted or not only_rose(reading):
        return ""
    steps, values = reading.eval
    first = int(steps[0] == 0 and reading.best == 1)
    if reading.best != first or values[-1] - values[first] < WORTH_MENTIONING * abs(values[first]):
        return ""
    so_far = "" if reading.ended else " so far"
    if reading.base is not None and reading.base <= values[first]:
        return (
            f"The evaluation loss has only risen{so_far}, from the base model on: no model of this run is better than the "
            "base."
        )
    step = reading.lowest_step
    return f"The evaluation loss has only risen{so_far} since step {step}: the model of that step is the one to keep."
