"""How far the end of the evaluation curve lies above its best point, and how often chance alone shows as much.

The best evaluation was *chosen* because it was low, so that a plain comparison with it would cry wolf. Where losses of
single rows are known, the correction for the choice is a max-t procedure over all evaluations (Romano and Wolf): in every
random re-signing of the rows the most striking evaluation may be chosen anew. Rows of one conversation, or that are
nearly the same, are re-signed together. The curve's own shaking is held against the rise as well: batch means for long
curves, so that slow wandering counts as noise, and the order of the values for short ones.
"""

from __future__ import annotations

from math import factorial, log
from typing import NamedTuple

import numpy as np

from ftkit.diagnosis.statistics import Floats, jitter, luck_of_choosing, rise_over_rows, t_tail

# Below this many evaluations the jitter of the curve cannot be measured well enough.
FEW = 6
# From this many on it can.
MEASURABLE = 10
# Up to this many, the shape of the curve is evidence, too.
SHORT = 24
STEADY, STRONG = 0.05, 0.1
# So many values in order are hardly ever noise, however little they climb. Nor are fewer of a smooth valley: one that comes down in
# order, too, and shakes by no more than this share of what it climbs.
LONG, SLIGHT, SMOOTH = 8, 0.02, 0.6
# How much likelier than among independent values a good order is held to be: neighbours resemble one another.
LIKELIER = 4
FEWEST_FOR_A_SLOPE = 5
FEWEST_MOVES = 2
LEAST_NOISE = 1e-9
# What losses on held-out rows usually shake by, as a share of the loss, and how many observations that is worth. A
# short curve has too few of its own to measure noise well.
USUAL_NOISE = 0.02
WORTH = 2
# From how many evaluations on, into how many blocks they are averaged to see noise with a memory.
BLOCKS = (100, 20), (40, 12), (16, 8)
MEMORY_SEEN = BLOCKS[-1][0]
# A move against the trend of this share of the rise does not break a climb.
SMALL_MOVE = 0.1
# Neither kind of chance may be likelier than this where both are weighed together.
UNLIKELY = 1 / 3


class Valley(NamedTuple):
    """What a short curve has to look like for its noise to be taken for the usual one: down, and up in order.

    Attributes
    ----------
    least
        The share of the loss that its far side is high.
    slack
        The share of the rise that a move up on the way down may have; where the rate is cut, there are some before that.
    worth
        How many observations the usual noise is then worth.
    """

    least: float
    slack: float
    worth: int

    def holds(self, values: Floats, rise: float, level: float) -> bool:
        """Whether the values are one."""
        best, moves = int(np.argmin(values)), np.diff(values)
        down, up = moves[:best] <= self.slack * rise, moves[best:] >= -SMALL_MOVE * rise
        return rise > self.least * level and bool(down.all() and up.all())


# Up to `FEW` evaluations; and up to `SHORT` where nothing else is known: the losses of single rows tell more than a shape.
VERY_FEW_OF_A_VALLEY, FEW_OF_A_VALLEY = Valley(0.2, 0.1, 2), Valley(0.15, 0.3, 4)


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
        How often chance alone would show as much, corrected for having chosen the best evaluation: the larger of the
        chance that the choice of the held-out rows did it, and that the shaking of the run did.
    together
        How often both kinds of chance would be this small at once (Fisher), where neither is likely by itself. For where
        something else speaks of a rise, too; 1 without losses per row.
    after
        Evaluations after the best one.
    """

    value: float
    interval: tuple[float, float] | None
    chance: float
    together: float
    window: int
    after: int


class _End(NamedTuple):
    """The end of an evaluation curve beside its best point.

    Attributes
    ----------
    steps, values
        The curve.
    smooth, width
        The same as averages over `width` neighbours.
    best
        Where the lowest average is.
    window
        How many of the last evaluations are the end.
    """

    steps: Floats
    values: Floats
    smooth: Floats
    width: int
    best: int
    window: int

    @property
    def rise(self) -> float:
        return float(self.values[-self.window :].mean() - self.smooth[self.best])

    @property
    def level(self) -> float:
        """The lowest loss, as a size."""
        return abs(float(self.smooth[self.best]))


def measure_rise(
    steps: Floats,
    values: Floats,
    smooth: Floats,
    width: int,
    rows: tuple[Floats, Floats] | None,
    *,
    ended: bool,
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
    ended
        Whether the run is over: what is asked once may be believed more easily than what is asked again and again.
    """
    # The first averages are over fewer neighbours, down to one: the lowest of them would be low by luck.
    half = width // 2
    best = half + int(np.argmin(smooth[half:]))
    after = len(smooth) - 1 - best
    window = min(after, max(2, len(smooth) // 6))
    if after < 2:
        return None
    end = _End(steps, values, smooth, width, best, window)
    value = end.rise
    valley = VERY_FEW_OF_A_VALLEY if len(values) <= FEW else FEW_OF_A_VALLEY if rows is None else None
    smooth_valley = ended and rows is None and _is_smooth_valley(end)
    chance = _chance_from_shaking(end, valley, _chance_of_shape(end, ended, smooth_valley))
    if rows is None:
        return Rise(value, None, chance, 1.0, window, after)
    losses, tokens = rows
    found = rise_over_rows(losses[:-window], losses[-window:].mean(axis=0), tokens)
    climbs = value > STEADY * end.level and chance_of_climb(values[int(np.argmin(values)) :], value) < 1
    if len(values) < MEASURABLE and climbs:
        # So few points cannot tell shaking from a bend. With the rows at one, a steady climb of some size is enough.
        chance = min(chance, 0.04)
    # Both kinds of chance have to be ruled out: which rows were held out, and the shaking of the run.
    both = max(found.chance, chance)
    together = both_at_once(found.chance, chance) if both <= UNLIKELY else 1.0
    return Rise(found.value, (found.low, found.high), both, together, window, after)


def both_at_once(one: float, other: float) -> float:
    """How often two chances have a product as small as these have (Fisher's method for two)."""
    product = one * other
    return product * (1 - log(product)) if product > 0 else 0.0


def _chance_from_shaking(end: _End, valley: Valley | None, shape: float) -> float:
    """How often the shaking of the run shows as much; `shape` is how often it does by the order of the values alone."""
    values, width, best, level = end.values, end.width, end.best, end.level
    if np.quantile(values[-end.window :], 0.2, method="lower") - end.smooth[best] < end.rise / 4:
        return 1.0  # a single evaluation stands out; the others at the end are as good as the best
    noise, freedom = shaking_of_means(end.steps, values, width)
    if not np.isfinite(noise):
        return shape
    floor = max(LEAST_NOISE * float(np.abs(values).max()), float(np.finfo(np.float64).tiny))
    # A stretch of much noise yields the lowest average by luck: there its own spread counts.
    around = values[best - width // 2 : best + width // 2 + 1]
    own = float(around.std(ddof=1)) / float(np.sqrt(width)) if width >= 5 else 0.0
    noise = max(noise, own, floor)
    short = len(values) <= SHORT
    if short:
        noise, freedom = with_the_usual(noise, freedom, level)
    # Each further way to be convinced is a further chance to be wrong.
    ways = [_chance_of_size(end, noise, freedom), _chance_of_slope(end, noise, freedom)]
    if short:
        ways.append(shape)
        calm, moves = noise_of_moves(values, best)
        if moves >= FEWEST_MOVES:
            calm, moves = with_the_usual(calm, moves, level)
            ways.append(_chance_of_size(end, max(calm, floor), moves))
        if valley is not None and valley.holds(values, end.rise, level):
            # So few points say nothing about their own noise: the steep ways down and up would be taken for it.
            ways.append(_chance_of_size(end, max(USUAL_NOISE * level, floor), valley.worth))
    return min(1.0, len(ways) * min(ways))


def with_the_usual(noise: float, freedom: int, level: float) -> tuple[float, int]:
    """Measured noise and what is usual, weighed by how many observations stand behind each (a moderated t test)."""
    # np.hypot squares without overflow.
    both = np.hypot(np.sqrt(freedom) * noise, np.sqrt(WORTH) * USUAL_NOISE * level)
    return float(both / np.sqrt(freedom + WORTH)), freedom + WORTH


def noise_of_moves(values: Floats, best: int) -> tuple[float, int]:
    """Noise from the moves on the way to the best and, their trend taken out, those after it; and how many they are.

    The steep start and the bend itself spoil what neighbours say in a short curve. These moves do not know of them.
    """
    before = np.diff(values[(best + 1) // 2 : best + 1]) if best > 2 else np.empty(0)
    after = np.diff(values[best + 1 :])
    count = len(before) + max(0, len(after) - 1)
    squares = np.square(before).sum() + (np.square(after - after.mean()).sum() if len(after) else 0.0)
    return float(np.sqrt(squares / max(count, 1) / 2)), count


def _is_smooth_valley(end: _End) -> bool:
    """Whether it comes down in order and shakes by little of what it climbs; of very few values that is not known."""
    down = np.diff(end.values[: int(np.argmin(end.values)) + 1])
    smooth = jitter(end.steps, end.values) <= SMOOTH * end.rise
    return len(end.values) > FEW and smooth and bool((down <= SMALL_MOVE * end.rise).all())


def noise_after(values: Floats, best: int) -> float:
    """What the evaluations from the best one on shake by around a steady climb; infinite where there are no two moves."""
    moves = np.diff(values[best:])
    return float(moves.std(ddof=1) / np.sqrt(2)) if len(moves) >= FEWEST_MOVES else float("inf")


def _chance_of_shape(end: _End, ended: bool, smooth_valley: bool) -> float:
    """How often noise alone leads upwards in such an order."""
    from_lowest = end.values[int(np.argmin(end.values)) :]
    least = SLIGHT if smooth_valley or len(from_lowest) >= LONG else STEADY
    if len(end.values) > SHORT or end.rise <= least * end.level:
        return 1.0
    shape = chance_of_climb(from_lowest, end.rise)
    if ended and end.rise > STRONG * end.level:
        shape = min(shape, LIKELIER * chance_of_order(from_lowest[1:]))
    return shape


def _chance_of_size(end: _End, noise: float, freedom: int) -> float:
    """How often noise of this size (of an average over `width`) makes the end look so much worse than the lowest."""
    lowest = end.smooth[end.best]
    rivals = int((end.smooth[: len(end.smooth) - end.window] < lowest + 3 * noise).sum())
    lucky = luck_of_choosing(max(1, rivals // end.width)) * noise
    return t_tail((end.rise - lucky) / (noise * float(np.sqrt(end.width / end.window + 1))), freedom)


def _chance_of_slope(end: _End, noise: float, freedom: int) -> float:
    """How often equal values with this noise climb as steadily. The chosen lowest is not among them: no luck in it."""
    first = end.best + (end.width + 1) // 2
    steps, values = end.steps[first:], end.values[first:]
    if len(values) < FEWEST_FOR_A_SLOPE:
        return 1.0
    centred = steps - steps.mean()
    spread = float(np.sqrt(np.square(centred).sum()))
    return t_tail(float(centred @ values) / spread / (noise * float(np.sqrt(end.width))), freedom)


def chance_of_climb(values: Floats, rise: float) -> float:
    """How often equal noisy values begin with their lowest and climb in order; 1.0 where these do not climb.

    Moves down of a tenth of the rise are let pass. That the lowest comes first is part of the chance: of a longer plateau the
    lowest may lie anywhere, and no length of it makes such an end likelier.
    """
    if (np.diff(values) < -SMALL_MOVE * rise).any():
        return 1.0
    return 1 / factorial(len(values))


def chance_of_order(values: Floats) -> float:
    """How often equal noisy values stand in so good an order, upwards (Mann and Kendall's test, exact).

    It counts the pairs in which the later value is the lower one, and needs no measure of the noise: for climbs that shake.
    """
    count, turned = len(values), sum(int((values[i + 1 :] < values[i]).sum()) for i in range(len(values)))
    shares = np.ones(1)  # of all orders of so many values, by their turned pairs
    for size in range(2, count + 1):
        shares = np.convolve(shares, np.full(size, 1 / size))
    return float(shares[: turned + 1].sum())


def shaking_of_means(steps: Floats, values: Floats, width: int) -> tuple[float, int]:
    """Standard deviation of an average over `width` neighbouring evaluations, and its degrees of freedom.

    From neighbouring points and, where there are enough, from averages over an eighth or a tenth of the curve: where noise has a
    memory, averages shake more than neighbours say. The larger of the two counts.
    """
    near = jitter(steps, values) / float(np.sqrt(width)), len(values) - 3
    blocks = next((count for least, count in BLOCKS if len(values) >= least), 0)
    if not blocks:
        return near
    block = len(values) // blocks
    used = block * blocks
    means = values[-used:].reshape(blocks, block).mean(axis=1)
    centres = steps[-used:].reshape(blocks, block).mean(axis=1)
    # A drop where the rate is cut, or a steep start, spoils the four averages around it: the calmer half counts.
    far = jitter(centres, means, 0.5) * float(np.sqrt(block / width)), blocks // 2
    return max(near, far)
