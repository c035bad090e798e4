"""What a run still brought while its learning rate stood still: where that is nothing, the drop of a later cut proves nothing.

A cut of the rate, and its coming down at the end, make the loss drop once, by smaller steps. The drop comes in a run of any length,
so that it is no sign of more to come, and next to nothing is added to the sum of the rates while the loss lies flat after it.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ftkit.diagnosis.reading import Reading

# A rate stands still while it stays within this share; the stretch counts with this share of the run and so many evaluations.
STEADY, LONG, FEWEST_EVALUATIONS = 0.05, 0.2, 3
# A cut is a fall of the rate to this share, from one logged value to the next.
CUT, NEAR_THE_PEAK = 0.5, 0.5
MOST_RATES = 2000


class Steadily(NamedTuple):
    """Between which steps, and by how much, the evaluation loss fell while the rate stood still."""

    since: float
    until: float
    fell: float


def brought_at_a_steady_rate(reading: Reading) -> Steadily | None:
    """By how much the evaluation loss fell in the second half of the last long stretch of one rate.

    Returns
    -------
    Steadily or None
        ``None`` where there is no such stretch, where its rate was neither cut before nor brought down after it, and where
        too few evaluations fall into it.
    """
    stretch = _last_stretch(reading) if reading.knows_the_rates else None
    if stretch is None:
        return None
    begin, end = stretch
    steps, values = reading.eval.steps, reading.eval_smooth
    inside = (steps >= begin) & (steps <= end)
    share = (steps[inside] - begin) / (end - begin)
    third, fourth = (share >= 0.5) & (share < 0.75), share >= 0.75
    if inside.sum() < FEWEST_EVALUATIONS or not third.any() or not fourth.any():
        return None
    # From the middle of one quarter to that of the next: half of the way.
    fell = 2 * float(values[inside][third].mean() - values[inside][fourth].mean())
    return Steadily((begin + end) / 2, end, fell)


def _last_stretch(reading: Reading) -> tuple[float, float] | None:
    """First and last step of it."""
    chosen = np.unique(np.linspace(0, len(reading.rates) - 1, MOST_RATES).round().astype(int))
    rates, steps = reading.rates.values[chosen], reading.rates.steps[chosen]
    peak, last = rates.max(), len(rates) - 1
    while last > 0:
        level, first = rates[last], last
        while first > 0 and abs(rates[first - 1] - level) <= STEADY * level:
            first -= 1
        cut = first > 0 and level <= CUT * rates[first - 1]
        comes_down = last < len(rates) - 1 and level >= NEAR_THE_PEAK * peak
        if (cut or comes_down) and steps[last] - steps[first] >= LONG * (steps[-1] - steps[0]):
            return float(steps[first]), float(steps[last])
        last = min(first, last - 1)
    return None
