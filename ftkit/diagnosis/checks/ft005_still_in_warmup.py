"""FT005: the learning rate had not finished rising when the curves end."""

import numpy as np

from ftkit.diagnosis.outcome import NotApplicable, Sign
from ftkit.diagnosis.reading import Reading

CODE = "FT005"
TITLE = "Still in warm-up"
SEVERITY = "issue"
VERDICT = "not-enough-evidence"
MEANS = (
    "During the warm-up the learning rate rises from zero, so the model has hardly been trained yet. A fixed "
    "number of warm-up steps, such as 100, can be longer than a whole short run."
)
TRY = "Give the warm-up as a share of the run (0.03 to 0.1), or train for more steps."


def check(reading: Reading) -> Sign | NotApplicable | None:
    """Compare the last step with the warm-up, recorded or read off the learning rates."""
    warmup = reading.history.warmup_steps
    rates = [(step, rate) for step, rate in reading.history.learning_rate if np.isfinite(rate)]
    if warmup is None and len(rates) < 4:
        return NotApplicable("neither the warm-up nor the learning rates were recorded")
    if warmup is None:
        values = np.array([rate for _, rate in rates])
        rising = bool((np.diff(values) > 0).all())
        if not rising:
            return None
        return Sign(
            f"The learning rate was still rising at step {reading.last_step}, the last one.",
            {"last_step": reading.last_step, "last_learning_rate": float(values[-1])},
        )
    if not warmup or reading.last_step > warmup:
        return None
    return Sign(
        f"The run has {reading.last_step} steps so far and the warm-up takes {int(warmup)}.",
        {"last_step": reading.last_step, "warmup_steps": int(warmup)},
        1.0,
    )
