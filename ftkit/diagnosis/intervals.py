"""How far each evaluation lies from the best one, and how much of that the choice of held-out rows can do."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ftkit.diagnosis.reading import Reading
from ftkit.diagnosis.statistics import paired_difference
from ftkit.runfolder import History


class AgainstBest(NamedTuple):
    """One evaluation's loss minus that of the best, per token, with its 95 % interval."""

    step: int
    value: float
    low: float
    high: float


def against_best(history: History) -> list[AgainstBest]:
    """Every evaluation against the best one, row by row; empty without losses of single rows.

    Each interval is for one evaluation by itself, for looking at. The verdict's own test is stricter: it allows for
    having chosen the best and for having looked many times (:mod:`ftkit.diagnosis.rise`).
    """
    reading = Reading(history)
    rows = reading.per_row
    if rows is None or reading.best_step is None or reading.best_step not in rows.steps:
        return []
    best = rows.losses[int(np.searchsorted(rows.steps, reading.best_step))]
    found = [paired_difference(losses, best, rows.tokens) for losses in rows.losses]
    return [
        AgainstBest(int(step), one.value, one.low, one.high)
        for step, one in zip(rows.steps, found, strict=True)
    ]
