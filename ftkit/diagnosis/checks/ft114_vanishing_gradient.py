"""FT114: next to no gradient reaches the weights."""

import numpy as np

from ftkit.diagnosis.outcome import NotApplicable, Sign
from ftkit.diagnosis.reading import Reading

CODE = "FT114"
TITLE = "The gradient vanished"
SEVERITY = "issue"
VERDICT = None
FOR_REWARDS = True
MEANS = "There is still something to learn, but the weights are no longer told how: a dead adapter, or an overflow to zero."
TRY = "Use bf16 or float32 instead of fp16, check that the right parameters train, and start again from the base."

TINY = 1e-6
SHRUNK = 1e-3
LEARNT = 0.05


def check(reading: Reading) -> Sign | NotApplicable | None:
    """Compare the gradient norm at the end with nothing and with the early one, where the loss is not near zero."""
    norms = [norm for _, norm in reading.history.grad_norm if np.isfinite(norm)]
    if len(norms) < 8:
        return NotApplicable("it takes eight recorded gradient norms")
    loss = reading.train.values
    if not reading.history.rewarded and (not len(loss) or loss[-max(2, len(loss) // 8) :].mean() < LEARNT):
        return NotApplicable("the training loss is near zero, so that small gradients are as it should be")
    early = float(np.median(norms[: len(norms) // 2]))
    late = float(np.median(norms[-max(2, len(norms) // 8) :]))
    if late > TINY and late > SHRUNK * early:
        return None
    return Sign(
        f"The gradient norm is about {late:.2g} at the end ({early:.2g} early on), and the loss is not near zero.",
        {"early": early, "late": late},
        0.85,
    )
