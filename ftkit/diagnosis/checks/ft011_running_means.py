"""FT011: the logged training loss is the mean of everything so far."""

import numpy as np
from numpy.typing import NDArray

from ftkit.diagnosis.outcome import NotApplicable, Sign
from ftkit.diagnosis.reading import Reading
from ftkit.diagnosis.statistics import Floats, smoothed

CODE = "FT011"
TITLE = "The logged training loss is a running mean"
SEVERITY = "tip"
VERDICT = None
MEANS = (
    "Some tools log the mean of all batches so far. It lags behind: it still falls when the loss has long been flat, and "
    "hides a rise. It is no partner for the evaluation loss."
)
TRY = "Log the loss of the latest steps; a Trainer of transformers does so by itself (logging_steps)."

FEWEST = 60
# Undone, a running mean leaves noise of one size. Anything else is blown up in proportion to the steps: a slope of 1.
EVEN = 0.4
# And it leaves independent values, where independent values would be turned into such that pull apart (-0.5).
INDEPENDENT = 0.25
# A fall by so many times the median move of that tenth of the curve is no noise.
BLOCKS = 10
OUTLIERS = 8


def check(reading: Reading) -> Sign | NotApplicable | None:
    """Undo the averaging: where that leaves even, independent noise, it was there."""
    values = reading.train.values
    if len(values) < FEWEST:
        return NotApplicable(f"it takes {FEWEST} logged training losses")
    spacing = np.diff(reading.train.steps)
    if spacing.max() > 1.5 * spacing.min():
        return NotApplicable("the training loss was not logged at even steps")
    count = np.arange(1, len(values) + 1)
    single = np.diff(count * values, prepend=0.0)
    near = _near_a_drop(values)
    slope, pull = _growth(single, near), _pull(single, near)
    if abs(slope) > EVEN or abs(pull) > INDEPENDENT or _pull(values, near) < 2 * INDEPENDENT:
        return None
    return Sign(
        f"If the averaging over all {len(values)} logged values is undone, even and independent noise is left, as that of "
        "single batches is: each value is the mean of all before it.",
        {"growth_of_noise": slope, "correlation": pull},
        0.8,
    )


def _width(values: Floats) -> int:
    return max(5, len(values) // 8 // 2 * 2 + 1)


def _near_a_drop(values: Floats) -> NDArray[np.bool_]:
    """Which values lie near a sudden fall, as a cut of the rate makes it: undone, it would outweigh all else."""
    moves = np.array_split(np.diff(values, prepend=values[0]), BLOCKS)
    drops = np.concatenate([block < -OUTLIERS * np.median(np.abs(block)) for block in moves])
    drops[: len(moves[0])] = False  # the steep start
    within = np.concatenate([[0], np.cumsum(drops)])
    place, reach = np.arange(len(drops)), _width(values) // 2
    return within[np.minimum(place + reach + 1, len(drops))] > within[np.maximum(place - reach, 0)]


def _rest(values: Floats, near: NDArray[np.bool_]) -> Floats:
    """What is left of a curve without its smooth course; the steep start and the edges are cut off, and nothing is left at drops."""
    width = _width(values)
    rest = np.where(near, 0.0, values - smoothed(values, width))
    return rest[max(width // 2, len(values) // 10) : -(width // 2)]


def _growth(values: Floats, near: NDArray[np.bool_]) -> float:
    """By which power of the step the noise grows."""
    rest = np.abs(_rest(values, near))
    steps = np.log(np.arange(len(rest)) + len(values) // 10 + 1.0)
    steps -= steps.mean()
    size = np.log(np.maximum(rest, 1e-3 * max(float(rest.max()), 1e-30)))
    return float(steps @ size) / float(steps @ steps)


def _pull(values: Floats, near: NDArray[np.bool_]) -> float:
    """Correlation of neighbours once the smooth course is taken out."""
    rest = _rest(values, near)
    spread = float(np.square(rest).sum())
    return float(rest[1:] @ rest[:-1]) / spread if spread > 0 else 1.0
