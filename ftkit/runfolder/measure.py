"""What tells how good a model is: its loss, or its reward."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

from ftkit.runfolder.metrics import Kept

Points = list[tuple[int, float]]


class Measure(NamedTuple):
    """What tells how good the model is: the loss, or the reward where it learns from rewards.

    Attributes
    ----------
    name
        ``loss`` or ``reward``.
    train, eval
        Pairs of step and value.
    higher
        Whether higher is better.
    base
        What the untouched model had; None where it is not known.
    kept
        What chooses the best evaluation in its place; None where it chooses itself.
    """

    name: str
    train: Points
    eval: Points
    higher: bool
    base: float | None
    kept: Kept | None = None

    @property
    def best(self) -> tuple[int, float] | None:
        """Step and value of the best evaluation, whose checkpoint is kept; None before the first."""
        finite = [point for point in self.eval if math.isfinite(point[1])]
        if self.kept is not None:
            finite = [point for point in finite if point[0] == self.kept.step] or finite
        if not finite:
            return None
        return (max if self.higher else min)(finite, key=lambda point: point[1])


def at_start(points: Points, trained: Sequence[tuple[int, float]] = ()) -> float | None:
    """The finite value at step 0; None where somebody counts epochs from 0: by ones, and with a training loss at 0, too."""
    by_ones = any(len(series) < 2 or series[1][0] - series[0][0] == 1 for series in (points, trained))
    if by_ones and any(step == 0 for step, _ in trained):
        return None
    return next((value for step, value in points if step == 0 and math.isfinite(value)), None)
