"""FT102: a loss is NaN or infinite."""

import math

from ftkit.diagnosis.outcome import NotApplicable, Sign
from ftkit.diagnosis.reading import Reading

CODE = "FT102"
TITLE = "The loss is not a number"
SEVERITY = "issue"
VERDICT = "unstable"
FOR_REWARDS = True
MEANS = (
    "The arithmetic overflowed, or a batch had no answer token: the weights after that step are worthless."
)
TRY = "Start again from the base with a much lower learning rate; on a GPU use bf16, not fp16."


def check(reading: Reading) -> Sign | NotApplicable | None:
    """Look for the first loss that is no finite number."""
    history = reading.history
    if not history.train and not history.eval:
        return NotApplicable("no loss was logged")
    for name, series in (("training", history.train), ("evaluation", history.eval)):
        for step, value in series:
            if not math.isfinite(value):
                return Sign(f"At step {int(step)} the {name} loss is {value}.", {"step": int(step)}, 1.0)
    return None
