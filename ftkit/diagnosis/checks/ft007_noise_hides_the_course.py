"""FT007: the evaluation loss shakes more than it moves."""

import numpy as np

from ftkit.diagnosis.checks import ft101_overfitting
from ftkit.diagnosis.outcome import NotApplicable, Sign
from ftkit.diagnosis.reading import WORTH_MENTIONING, Reading
from ftkit.diagnosis.rise import FEW, noise_of_moves, with_the_usual
from ftkit.diagnosis.said import figure
from ftkit.diagnosis.statistics import luck_of_choosing

CODE = "FT007"
TITLE = "Noise hides the course of the curve"
SEVERITY = "issue"
VERDICT = "not-enough-evidence"
MEANS = "From one evaluation to the next the loss jumps as far as it moved over the whole run."
TRY = (
    "Hold back more rows for evaluation (in ftkit's form: the validation part). If the training loss jumps just as much, lower the "
    "learning rate, too."
)


def check(reading: Reading) -> Sign | NotApplicable | None:
    """Compare the whole movement of the curve with its point-to-point noise."""
    if len(reading.eval) < 5:
        return NotApplicable("it takes five evaluations")
    if reading.per_row is not None:
        return NotApplicable("the losses of the single rows answer this better (FT003)")
    if _rise_stands_out(reading):
        return None
    values, width = reading.eval_smooth, reading.eval_width
    noise = _noise(reading) / float(np.sqrt(width))
    points = max(2, len(values) // width)
    movement = float(values.max() - values.min())
    by_chance = noise * (2 * luck_of_choosing(points) + 1)
    small = 0.02 * abs(reading.reference)
    if not movement or movement > by_chance or by_chance < small:
        return None
    return Sign(
        f"The evaluation loss moved by {figure(movement)} in all, and noise alone can move it by {figure(by_chance)}.",
        {"movement": movement, "noise": noise, "by_chance": by_chance},
    )


def _rise_stands_out(reading: Reading) -> bool:
    """Whether there is a rise beyond all noise, whatever it is of."""
    rise = reading.rise
    large = rise is not None and rise.value >= WORTH_MENTIONING * abs(reading.best_loss)
    by_chance = large and rise is not None and rise.chance <= reading.alpha
    return by_chance or isinstance(ft101_overfitting.check(reading), Sign)


def _noise(reading: Reading) -> float:
    """What the curve shakes by; of very few evaluations the steep start would be taken for it."""
    calm, moves = noise_of_moves(reading.eval.values, reading.best)
    if len(reading.eval) > FEW or not moves:
        return reading.eval_jitter
    return min(reading.eval_jitter, with_the_usual(calm, moves, abs(reading.best_loss))[0])
