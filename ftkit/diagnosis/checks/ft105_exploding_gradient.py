"""FT105: the gradient norm grew without bound."""

import math

import numpy as np

from ftkit.diagnosis.checks.ft102_loss_not_a_number import FOR_LONG, OFTEN, in_a_row
from ftkit.diagnosis.outcome import NotApplicable, Sign
from ftkit.diagnosis.reading import Reading

CODE = "FT105"
TITLE = "The gradient exploded"
SEVERITY = "issue"
VERDICT = "unstable"
FOR_REWARDS = True
MEANS = (
    "The push on the weights grew many times over: the steps no longer follow the loss. A single norm that is no number "
    "is mostly a step that was skipped."
)
TRY = "Lower the learning rate to a tenth, and give the warm-up a tenth of the run."


def check(reading: Reading) -> Sign | NotApplicable | None:
    """Compare the gradient norm at the end with the run's early part; NaN that lasts counts as exploded."""
    norms = reading.history.grad_norm
    if len(norms) < 8:
        return NotApplicable("it takes eight recorded gradient norms")
    odd = [int(step) for step, norm in norms if not math.isfinite(norm)]
    if odd and not _only_skipped(reading, odd):
        return Sign(f"At step {odd[0]} the gradient norm is not a number.", {"step": odd[0]}, 1.0)
    values = np.array([norm for _, norm in norms if math.isfinite(norm)])
    early, late = (
        float(np.median(values[: len(values) // 2])),
        float(np.median(values[-max(2, len(values) // 8) :])),
    )
    # The norm also grows when a model that has learnt by heart meets a surprise; a hundredfold it does not.
    if early <= 0 or late < 100 * early:
        return _skipped(odd) if odd else None
    return Sign(
        f"The gradient norm went from about {early:.3g} to {late:.3g}.", {"early": early, "late": late}, 0.9
    )


def _only_skipped(reading: Reading, odd: list[int]) -> bool:
    """Whether norms that are no numbers are those of single steps that were skipped: the training went on as before."""
    norms, losses = reading.history.grad_norm, [*reading.history.train, *reading.history.eval]
    if not math.isfinite(norms[-1][1]) or any(
        not math.isfinite(loss) for step, loss in losses if step >= odd[0]
    ):
        return False
    return len(odd) < FOR_LONG or (len(odd) < OFTEN * len(norms) and in_a_row(norms) < FOR_LONG)


def _skipped(odd: list[int]) -> Sign:
    more = f", and {len(odd) - 1} more like it" if len(odd) > 1 else ""
    return Sign(
        f"At step {odd[0]} the gradient norm is not a number{more}; the step was probably skipped, and the losses stayed numbers.",
        {"step": odd[0], "count": len(odd)},
        0.6,
        severity="tip",
        verdict="none",
        try_="A step that is skipped now and then needs nothing, in fp16 least of all. Many: use bf16, or lower the learning rate.",
    )
