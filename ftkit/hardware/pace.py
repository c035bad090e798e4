"""How long a training step takes, roughly, for "about 2 minutes"."""

from __future__ import annotations

from ftkit.fields import Choice, Machine, ModelShape
from ftkit.methods import METHODS

FLOPS_A_CORE = 40e9
"""Useful float32 operations a second of one processor core, measured with the starter model."""

FLOPS_A_GPU = 30e12
"""Useful operations a second of an ordinary graphics card in half precision."""

LEAST_ON_GPU = 0.15
"""Seconds below which no step goes on a card: starting its many small programs takes that long."""


def time_estimate(shape: ModelShape, method_id: str, machine: Machine, tokens_per_step: float) -> Choice:
    """Seconds of one optimizer step, roughly.

    Parameters
    ----------
    tokens_per_step
        Tokens of all examples in one batch.

    Returns
    -------
    Choice
        Seconds, and a phrase on what they were reckoned from.
    """
    # Forward is two operations a weight and token; back to the inputs two more; to the weights two more.
    passes = 4 * METHODS[method_id].pace
    work = passes * shape.parameters * tokens_per_step
    if machine.gpu:
        return Choice(
            max(LEAST_ON_GPU, work / FLOPS_A_GPU),
            f"an estimate for {machine.gpu.name}; the first steps will tell",
        )
    cores = "one core" if machine.cores == 1 else f"{machine.cores} cores"
    return Choice(
        work / (FLOPS_A_CORE * machine.cores), f"an estimate for {cores}; the first steps will tell"
    )
