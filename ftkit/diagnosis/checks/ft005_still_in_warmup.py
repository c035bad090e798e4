"""FT005: the learning rate had not finished rising when the curves end."""

from typing import Any

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
LEARNED_ALL_THE_SAME = (
    "The learning rate rose to the end and never came down. The run learned all the same; a rate that falls at the end mostly brings a "
    "little more."
)
TRY = "Give the warm-up as a share of the run (0.03 to 0.1), or train for more steps."

# With so much of the first loss gone nobody can say that the model was hardly trained.
GONE = 1 / 3
# A run that was stopped before this share of its steps says nothing about the rest. (The last steps need not be logged.)
TO_THE_END = 0.8


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
        return _sign(
            reading,
            f"The learning rate was still rising at step {reading.last_step}, the last one.",
            {"last_step": reading.last_step, "last_learning_rate": float(values[-1])},
            0.9,
        )
    if not warmup or reading.last_step > warmup:
        return None
    so_far = "" if reading.ended else " so far"
    return _sign(
        reading,
        f"The run has {reading.last_step} {'step' if reading.last_step == 1 else 'steps'}{so_far} and the warm-up takes {int(warmup)}.",
        {"last_step": reading.last_step, "warmup_steps": int(warmup)},
        1.0,
    )


def _sign(reading: Reading, sentence: str, evidence: dict[str, Any], strength: float) -> Sign:
    """No lack of evidence where the run came to its end and learned all the same."""
    stopped = reading.last_step < TO_THE_END * reading.total_steps
    if reading.ended and not stopped and _has_learned(reading):
        return Sign(sentence, evidence, strength, severity="tip", verdict="none", means=LEARNED_ALL_THE_SAME)
    return Sign(sentence, evidence, strength)


def _has_learned(reading: Reading) -> bool:
    """Whether a good part of the first loss is gone at the end, of the evaluations where there are any."""
    if len(reading.eval):
        first, last = reading.reference, float(reading.eval.values[-1])
    elif len(reading.train):
        first, last = reading.train_near(0), reading.train_near(reading.last_step)
    else:
        return False
    return last <= (1 - GONE) * first
