"""The learning rate at every step of a run, as Transformers' schedulers will set it."""

from __future__ import annotations

import math

from ftkit.recipe.resolve import Resolved

DRAWN = 120
"""Points of the drawn curve at most."""


def warmup_of(warmup: float, total: int) -> int:
    """Steps of the warm-up: below 1 it is a share of the run, as in ``TrainingArguments``."""
    return math.ceil(total * warmup) if warmup < 1 else int(warmup)


def factor(kind: str, step: int, warmup: int, total: int) -> float:
    """The share of the full learning rate that a step (counted from 0) is taken with."""
    if kind == "constant":
        return 1.0  # Transformers' plain "constant" has no warm-up
    if step < warmup:
        return step / max(1, warmup)
    done = (step - warmup) / max(1, total - warmup)
    if kind == "cosine":
        return max(0.0, 0.5 * (1.0 + math.cos(math.pi * done)))
    return max(0.0, 1.0 - done)


def learning_rates(resolved: Resolved) -> list[tuple[int, float]]:
    """Pairs of step (counted from 1) and learning rate, at most `DRAWN` of them, the ends and the peak included."""
    training, total = resolved.recipe.training, resolved.total_steps
    warmup = warmup_of(float(training.warmup_steps), total)
    stride = max(1, math.ceil(total / DRAWN))
    steps = sorted({*range(0, total, stride), min(warmup, total - 1), total - 1})
    rate = float(training.learning_rate)
    return [(step + 1, rate * factor(training.lr_scheduler_type, step, warmup, total)) for step in steps]
