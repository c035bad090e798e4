"""FT113: the learning rate first did damage that the run had to repair."""

import numpy as np

from ftkit.diagnosis.outcome import NotApplicable, Sign
from ftkit.diagnosis.reading import Reading

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


def check(reading: Reading) -> Sign | NotApplicable | None:
    """Look for two evaluations in a row well above the base, before the best one."""
    base = reading.base
    if base is None:
        return NotApplicable("the base was not evaluated before the first step")
    if len(reading.eval) < 5:
        return NotApplicable("it takes five evaluations")
    before = reading.eval.values[1 : reading.best if reading.best > 2 else None]
    if len(before) < 2:
        return None
    noise = reading.eval_jitter if np.isfinite(reading.eval_jitter) else 0.0
    line = base + max(ABOVE * abs(base), 3 * noise)
    high = (before[:-1] > line) & (before[1:] > line)
    if not high.any():
        return None
    top = 1 + int(np.argmax(before))
    step, loss = int(reading.eval.steps[top]), float(reading.eval.values[top])
    rates = reading.history.learning_rate
    return Sign(
        f"The evaluation loss rose from {base:.3f} (base) to {loss:.3f} at step {step}"
        + (" before it came down." if reading.best > top else "."),
        {
            "base_loss": base,
            "highest": loss,
            "step": step,
            "peak_rate": max((r for _, r in rates), default=None),
        },
        0.85,
    )
