"""What is measured of a history, as data: curves, and the gap between two kinds of rows."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np

from ftkit.diagnosis.statistics import Floats


class Curve(NamedTuple):
    """A series of finite values in step order; shapes (points,)."""

    steps: Floats
    values: Floats

    def __len__(self) -> int:
        return len(self.steps)

    def at(self, step: float) -> float:
        """The value at a step, between points on the straight line through them."""
        return float(np.interp(step, self.steps, self.values))


class Gap(NamedTuple):
    """How much further the loss fell on rows that are trained on than on held-out ones, both in the same mode.

    Attributes
    ----------
    value, low, high
        Per token, with a 95 % interval over the rows of both kinds.
    trained, held_out
        The two changes since the first measurement.
    since, step
        Between which steps.
    """

    value: float
    low: float
    high: float
    trained: float
    held_out: float
    since: int
    step: int


def curve_of(points: Iterable[tuple[float, float]]) -> Curve:
    """Step by step; a step that is there twice counts as it was last, and what is no number is left out."""
    latest = {float(step): float(value) for step, value in points}
    steps = np.array(sorted(latest), dtype=np.float64)
    values = np.array([latest[step] for step in steps], dtype=np.float64)
    finite = np.isfinite(values)
    return Curve(steps[finite], values[finite])
