"""How far the end of the evaluation curve lies above its best point, and how often chance alone shows as much.

The best evaluation was *chosen* because it was low, so that a plain comparison with it would cry wolf. Where losses of
single rows are known, the correction for the choice is a max-t procedure over all evaluations (Romano and Wolf): in every
random re-signing of the rows the most striking evaluation may be chosen anew. Rows of one conversation, or that are
nearly the same, are re-signed together. The curve's own shaking is held against the rise as well: batch means for long
curves, so that slow wandering counts as noise, and the order of the values for short ones.
"""

from __future__ import annotations

from math import factorial
from typing import NamedTuple

import numpy as np

from ftkit.diagnosis.statistics import Floats, jitter, luck_of_choosing, rise_over_rows, t_tail

# Below this many evaluations the jitter of the curve cannot be measured well enough.
FEW = 6
# From this many on it can.
MEASURABLE = 10
# Up to this many, the shape of the curve is evidence, too.
SHORT = 24
STEADY = 0.05
FEWEST_FOR_A_SLOPE = 5
BLOCKS = 8, 10
# A move against the trend of this share of the rise does not break a valley.
SMALL_MOVE = 0.1


class Rise(NamedTuple):
    """How far the end of the evaluation curve lies above its best point.

    Attributes
    ----------
    value
        Loss at the end (mean of the last `window` evaluations) minus the best loss.
    interval
        95 % interval over the held-out rows, wide enough for having chosen the best evaluation; ``None`` without losses
        per row.
    chance
        How often chance alone would show as much, corrected for having chosen the best evaluation.
    after
        Evaluations after the best one.
    """

    value: float
    interval: tuple[float, float] | None
    chance: float
    window: int
    after: int


def measure_rise(
    steps: Floats, values: Floats, smooth: Floats, width: int, rows: tuple[Floats, Floats] | None
) -> Rise | None:
    """The end against the best; ``None`` while fewer than two evaluations follow the best one.

    Parameters
    ----------
    steps, values
        The evaluation curve.
    smooth, width
        The same as averages over `width` neighbours.
    rows
        Summed losses (evaluations, groups of rows) and tokens (groups), of the same evaluations; or ``None``.
    """
    # The first averages are over fewer neighbours, down to one: the lowest of them would be low by luck.
    half = width // 2
    best = half + int(np.argmin(smooth[half:]))
    after = len(smooth) - 1 - best
    window = min(after, max(2, len(smooth) // 6))
    if after < 2:
        return None
    value = float(values[-window:].mean() - smooth[best])
    chance = _chance_from_shaking(steps, values, smooth, width, window, best, value)
    if rows is None:
        return Rise(value, None, chance, window, after)
    losses, tokens = rows
    end = losses[-window:].mean(axis=0)
    found = rise_over_rows(losses[:-window], end, tokens)
    climbs = (
        value > STEADY * abs(smooth[best]) and chance_of_climb(values[int(np.argmin(values)) :], value) < 1
    )
    if len(values) < MEASURABLE and climbs:
        # So few points cannot tell shaking from a bend. With the rows at one, a steady climb of some size is enough.
        chance = min(chance, 0.04)
    # Both kinds of chance have to be ruled out: which rows were held out, and the shaking of the run.
    return Rise(found.value, (found.low, found.high), max(found.chance, chance), window, after)


def _chance_from_shaking(
    steps: Floats, values: Floats, smooth: Floats, width: int, window: int, best: int, rise: float
) -> float:
    if np.quantile(values[-window:], 0.2, method="lower") - smooth[best] < rise / 4:
        return 1.0  # a single evaluation stands out; the others at the end are as good as the best
    shape = 1.0
    if len(values) <= SHORT and rise > STEADY * abs(smooth[best]):
        shape = chance_of_climb(values[int(np.argmin(values)) :], rise)
    noise, freedom = shaking_of_means(steps, values, width)
    if not np.isfinite(noise):
        return shape
    rivals = int((smooth[: len(values) - window] < smooth[best] + 3 * noise).sum())
    lucky = luck_of_choosing(max(1, rivals // width)) * noise
    error = noise * np.sqrt(width / window + 1)
    by_size = t_tail((rise - lucky) / error, freedom)
    first = best + (width + 1) // 2
    by_slope = _chance_of_slope(steps[first:], values[first:], noise * float(np.sqrt(width)), freedom)
    # Each further way to be convinced is a further chance to be wrong.
    ways = [by_size, by_slope, shape] if len(values) <= SHORT else [by_size, by_slope]
    return min(1.0, len(ways) * min(ways))


def _chance_of_slope(steps: Floats, values: Floats, noise: float, freedom: int) -> float:
    """How often equal values with this noise climb as steadily. The chosen lowest is not among them: no luck in it."""
    if len(values) < FEWEST_FOR_A_SLOPE:
        return 1.0
    centred = steps - steps.mean()
    spread = float(np.sqrt(np.square(centred).sum()))
    return t_tail(float(centred @ values) / spread / noise, freedom)


def chance_of_climb(values: Floats, rise: float) -> float:
    """How often equal noisy values that begin with their lowest climb in order; 1.0 where these do not climb.

    Moves down of a tenth of the rise are let pass.
    """
    if (np.diff(values) < -SMALL_MOVE * rise).any():
        return 1.0
    return 1 / factorial(len(values) - 1)


def shaking_of_means(steps: Floats, values: Floats, width: int) -> tuple[float, int]:
    """Standard deviation of an average over `width` neighbouring evaluations, and its degrees of freedom.

    From neighbouring points and, where there are enough, from averages over an eighth or a tenth of the curve: where noise has a
    memory, averages shake more than neighbours say. The larger of the two counts.
    """
    near = jitter(steps, values) / float(np.sqrt(width)), len(values) - 3
    blocks = BLOCKS[len(values) >= 4 * BLOCKS[1]]
    block = len(values) // blocks
    if block < 2:
        return near
    used = block * blocks
    means = values[-used:].reshape(blocks, block).mean(axis=1)
    centres = steps[-used:].reshape(blocks, block).mean(axis=1)
    far = jitter(centres, means) * float(np.sqrt(block / width)), blocks - 3
    return max(near, far)
