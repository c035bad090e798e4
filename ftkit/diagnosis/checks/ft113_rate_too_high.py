"""FT113: the learning rate first did damage that the run had to repair."""

from typing import Literal

import numpy as np

from ftkit.diagnosis.outcome import NotApplicable, Sign
from ftkit.diagnosis.reading import Reading
from ftkit.diagnosis.said import figure

CODE = "FT113"
TITLE = "The learning rate is too high"
SEVERITY = "issue"
VERDICT = None
MEANS = (
    "While the rate was high, the loss went above what the untouched model has: the steps destroyed more than they taught. "
    "What comes down later is mostly repair."
)
TRY = "Lower the learning rate to a third, and give the warm-up a tenth of the run."

ABOVE = 0.05
# So far above the base, and the training loss above where it began: the run broke, whatever it repaired later.
BROKE = 0.2
# What lies above the base by this share from the first evaluation after it to the last is no accident, however few there are.
WRECKED, FEWEST_WRECKED = 0.5, 2


def check(reading: Reading) -> Sign | NotApplicable | None:
    """Look for two evaluations in a row well above the base before the best one, or a single one far above it."""
    base = reading.base
    if base is None:
        return NotApplicable("the base was not evaluated before the first step")
    if is_wrecked(reading):
        return _sign(reading, base, int(np.argmax(reading.eval.values)), "unstable")
    if len(reading.eval) < 5:
        return NotApplicable("it takes five evaluations")
    broke = _broke(reading, base)
    if broke is not None:
        return _sign(reading, base, broke, "unstable")
    before = reading.eval.values[1 : reading.best if reading.best > 2 else None]
    if len(before) < 2:
        return None
    noise = reading.eval_jitter if np.isfinite(reading.eval_jitter) else 0.0
    line = base + max(ABOVE * abs(base), 3 * noise)
    high = (before[:-1] > line) & (before[1:] > line)
    return _sign(reading, base, 1 + int(np.argmax(before)), None) if high.any() else None


def is_wrecked(reading: Reading) -> bool:
    """Whether every evaluation is far worse than the untouched model, and the training loss is no lower than at the start."""
    base, after = reading.base, reading.eval.values[reading.eval.steps > 0]
    if base is None or base <= 0 or len(after) < FEWEST_WRECKED or len(reading.train) < 2:
        return False
    top = float(reading.eval.steps[int(np.argmax(reading.eval.values))])
    learned = reading.train_near(top) <= reading.train.values[0]  # by heart, then: that is overfitting
    return not learned and bool((after > (1 + WRECKED) * base).all())


def _broke(reading: Reading, base: float) -> int | None:
    """Which evaluation was highest, where it was far above the base and the training loss was no lower than at the start."""
    top = int(np.argmax(reading.eval.values))
    if not top or reading.eval.values[top] < base + BROKE * abs(base) or len(reading.train) < 2:
        return None
    return top if reading.train_near(float(reading.eval.steps[top])) > reading.train.values[0] else None


def _sign(reading: Reading, base: float, top: int, verdict: Literal["unstable"] | None) -> Sign:
    stayed = bool((reading.eval.values[top:] > base).all())
    step, loss = int(reading.eval.steps[top]), float(reading.eval.values[top])
    rates = reading.history.learning_rate
    return Sign(
        f"The evaluation loss rose from {figure(base)} (base) to {figure(loss)} at step {step}"
        + (
            " before it came down."
            if reading.best > top
            else "; it never came back to that."
            if stayed
            else "."
        ),
        {
            "base_loss": base,
            "highest": loss,
            "step": step,
            "peak_rate": max((r for _, r in rates if np.isfinite(r)), default=None),
        },
        0.85,
        verdict=verdict,
    )
