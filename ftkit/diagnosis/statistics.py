"""The arithmetic behind the checks: whether a difference is larger than what chance makes of it.

Two sources of chance are measured. *Which rows were held out*: evaluation losses are kept per row, so two
evaluations are compared row by row (paired). *The jitter of the run*: the curve shakes from one
evaluation to the next. What another training seed would do is covered by neither.

Losses per row are weighted by tokens: every answer token counts the same.
"""

from __future__ import annotations

from statistics import NormalDist
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

FLIPS = 1999
MOST_CANDIDATES = 40
# What makes up for leaving out the largest quarter, or half, where the noise is normal.
_MADE_UP = {0.75: 1.65, 0.5: 2.65}
MOST_ROWS_SIGNED = 300


class Difference(NamedTuple):
    """A difference of two losses, per token, with its 95 % interval."""

    value: float
    low: float
    high: float
    error: float


def t_quantile(probability: float, freedom: int) -> float:
    """Quantile of Student's t (expansion around the normal; within 1 % from 4 degrees of freedom up)."""
    z = NormalDist().inv_cdf(probability)
    v = float(max(freedom, 3))
    return (
        z
        + (z**3 + z) / (4 * v)
        + (5 * z**5 + 16 * z**3 + 3 * z) / (96 * v**2)
        + (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / (384 * v**3)
    )


def t_tail(statistic: float, freedom: int) -> float:
    """Chance that Student's t exceeds a value (Wallace's approximation, within 2 % from 3 degrees up)."""
    v = max(freedom, 1)
    z = float(np.sqrt(v * np.log1p(statistic**2 / v))) * (8 * v + 1) / (8 * v + 3)
    return 1 - NormalDist().cdf(z if statistic > 0 else -z)


def paired_difference(later: Floats, earlier: Floats, tokens: Floats, level: float = 0.95) -> Difference:
    """Mean loss per token `later` − `earlier` over the same rows, with a t interval over the rows.

    Parameters
    ----------
    later, earlier
        Summed loss of each row, shape (rows,).
    tokens
        Tokens of each row, shape (rows,).
    """
    change = later - earlier
    total = float(tokens.sum())
    value = float(change.sum()) / total
    rows = len(change)
    residual = change - value * tokens
    error = float(np.sqrt(rows / (rows - 1) * np.square(residual).sum())) / total
    reach = t_quantile(0.5 + level / 2, rows - 1) * error
    return Difference(value, value - reach, value + reach, error)


def between(one: Difference, other: Difference) -> tuple[float, float, float]:
    """`one` − `other`, which were measured on different rows, and its 95 % interval."""
    value = one.value - other.value
    reach = float(np.hypot(one.high - one.value, other.high - other.value))
    return value, value - reach, value + reach


class RowsRise(NamedTuple):
    """A rise over the best evaluation, per token, with a 95 % interval and a p-value that know of the choice."""

    value: float
    low: float
    high: float
    chance: float


def rise_over_rows(losses: Floats, end: Floats, tokens: Floats) -> RowsRise:
    """The end against the lowest of several evaluations, corrected for having chosen the lowest (max-t).

    *Chance*: the signs of all rows' differences are flipped at random (as if best and end were exchangeable), and in
    every flip the most striking evaluation may be chosen anew. *Interval*: the rise is the largest of the differences
    to all evaluations, so that it lies between the largest lower and the largest upper bound that hold for all of
    them together (multiplier bootstrap over the rows).

    Parameters
    ----------
    losses
        Summed loss of each row (or group of rows that belong together) at each evaluation before the end window, shape
        (evaluations, rows).
    end
        Summed loss of each row at the end, shape (rows,).
    tokens
        Tokens of each row, shape (rows,).
    """
    best = int(np.argmin(losses.sum(axis=1)))
    if len(losses) > MOST_CANDIDATES:
        spread = np.linspace(0, len(losses) - 1, MOST_CANDIDATES).round().astype(int)
        chosen = np.unique(np.append(spread, best))
        losses, best = losses[chosen], int(np.searchsorted(chosen, best))
    change, total, rows = end - losses, float(tokens.sum()), len(tokens)
    length = _no_zero(np.sqrt(np.square(change).sum(axis=1)))
    means = change.sum(axis=1) / total
    scores = change - means[:, None] * tokens
    spread_out = _no_zero(np.sqrt(np.square(scores).sum(axis=1)))
    errors = np.where(np.isfinite(spread_out), spread_out, 0.0) * np.sqrt(rows / (rows - 1)) / total
    random = np.random.default_rng(0)
    flipped = _signed_sums(change / length[:, None], random).max(axis=1)
    striking = float((change / length[:, None]).sum(axis=1)[best])
    reach = float(np.quantile(np.abs(_signed_sums(scores / spread_out[:, None], random)).max(axis=1), 0.95))
    # Few rows make the bootstrap too sure of itself by as much as Student's t is wider than the normal.
    reach *= t_quantile(0.975, rows - 1) / NormalDist().inv_cdf(0.975)
    return RowsRise(
        float(means[best]),
        float((means - reach * errors).max()),
        float((means + reach * errors).max()),
        (1 + int((flipped >= striking).sum())) / (1 + FLIPS),
    )


def _no_zero(lengths: Floats) -> Floats:
    return np.where(lengths == 0, np.inf, lengths)


def _signed_sums(values: Floats, random: np.random.Generator) -> Floats:
    """Sums over the rows under random signs, shape (FLIPS, evaluations); above some hundred rows their normal limit."""
    evaluations, rows = values.shape
    if rows <= MOST_ROWS_SIGNED:
        return random.choice((-1.0, 1.0), size=(FLIPS, rows)) @ values.T
    level, axes = np.linalg.eigh(values @ values.T)
    root = axes * np.sqrt(np.clip(level, 0.0, None))
    return random.normal(size=(FLIPS, evaluations)) @ root.T


def jitter(steps: Floats, values: Floats, kept: float = 0.75) -> float:
    """Standard deviation of a curve's point-to-point noise, what is smooth in it removed.

    Every four neighbouring points are compared with a parabola; the largest of the deviations are left out, so that
    steep or wild stretches do not count. Infinite below four points.

    Parameters
    ----------
    kept
        The share of the deviations that counts: 0.75 or 0.5.
    """
    if len(values) < 4:
        return float("inf")
    x = np.lib.stride_tricks.sliding_window_view(steps, 4)
    y = np.lib.stride_tricks.sliding_window_view(values, 4)
    gaps = x[:, :, None] - x[:, None, :]
    gaps[:, range(4), range(4)] = (
        x[:, -1:] - x[:, :1]
    )  # no difference with itself; any one length of the window does
    weights = 1.0 / (gaps / (x[:, -1] - x[:, 0])[:, None, None]).prod(axis=2)
    residuals = np.abs((weights * y).sum(axis=1)) / np.sqrt(np.square(weights).sum(axis=1))
    calm = np.sort(residuals)[: max(1, int(np.ceil(kept * len(residuals))))]
    size = _MADE_UP[kept] * float(np.sqrt(np.square(calm).mean()))
    return max(size, 1e-9, 1e-5 * float(np.median(np.abs(values))))


def luck_of_choosing(candidates: int) -> float:
    """How many standard deviations the lowest of several equal noisy values lies below their mean, roughly."""
    return float(np.sqrt(2 * np.log(candidates))) if candidates > 1 else 0.0


def smoothed(values: Floats, width: int) -> Floats:
    """Centred moving average; at the ends the window shrinks. `width` 1 returns the values."""
    if width <= 1:
        return values
    half = width // 2
    sums = np.concatenate([[0.0], np.cumsum(values)])
    index = np.arange(len(values))
    reach = np.minimum(np.minimum(index, len(values) - 1 - index), half)
    return (sums[index + reach + 1] - sums[index - reach]) / (2 * reach + 1)
