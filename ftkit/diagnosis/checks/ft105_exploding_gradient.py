"""FT105: the gradient norm grew without bound."""

import math

import numpy as np

from ftkit.diagnosis.outcome import NotApplicable, Sign
from ftkit.diagnosis.reading import Reading

CODE = "FT105"
TITLE = "The gradient exploded"
SEVERITY = "issue"
VERDICT = "unstable"
FOR_REWARDS = True
MEANS = "The push on the weights grew many times over: the steps no longer follow the loss."
TRY = "Lower the learning rate to a third, and give the warm-up a tenth of the run."


def check(reading: Reading) -> Sign | NotApplicable | None:
    """Compare the gradient norm at the end with the run's early part; NaN counts as exploded."""
    norms = reading.history.grad_norm
    if len(norms) < 8:
        return NotApplicable("it takes eight recorded gradient norms")
    broken = next((int(step) for step, norm in norms if not math.isfinite(norm)), None)
    if broken is not None:
        return Sign(f"At step {broken} the gradient norm is not a number.", {"step": broken}, 1.0)
    values = np.array([norm for _, norm in norms])
    early, late = (
        float(np.median(values[: len(values) // 2])),
        float(np.median(values[-max(2, len(values) // 8) :])),
    )
    # The norm also grows when a model that has learnt by heart meets a surprise; a hundredfold it does not.
    if early <= 0 or late < 100 * early:
        return None
    return Sign(
        f"The gradient norm went from about {early:.3g} to {late:.3g}.", {"early": early, "late": late}, 0.9
    )
