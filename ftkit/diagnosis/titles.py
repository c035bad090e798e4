"""A remedy's change as the form says it: the name of the setting, and its values as people say them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

NAMES = {
    "data.validation_share": "Validation part",
    "method.lora_alpha": "Alpha",
    "method.lora_dropout": "Dropout",
    "method.r": "Rank",
    "task.class_weights": "Weigh rare classes",
    "training.batch_size": "Batch size",
    "training.learning_rate": "Learning rate",
    "training.max_steps": "Stop after",
    "training.num_train_epochs": "Epochs",
    "training.seed": "Seed",
    "training.warmup_steps": "Warm-up",
    "training.weight_decay": "Weight decay",
}
"""What the form calls the settings that a remedy changes. The form's room lies above this one: a test holds the two together."""

OF_A_TRAINER = {"eval_steps": "Evaluate every"}
"""What is no setting of the form, as ftkit reckons it by itself; in a cell of one's own it is an argument of the Trainer."""

WARMUP, MOST_STEPS = "training.warmup_steps", "training.max_steps"
PART, EVAL_STEPS = "data.validation_share", "eval_steps"


def name_of(path: str) -> str:
    """The name of a setting as the form shows it; the path itself where the form has none."""
    return NAMES.get(path) or OF_A_TRAINER.get(path, path)


def value_text(value: Any, path: str = "") -> str:
    """A setting's value as people say it."""
    if value is None:
        return {MOST_STEPS: "not set", PART: "not known"}.get(path, "automatic")
    if isinstance(value, bool):
        return "on" if value else "off"
    if path == WARMUP:
        return f"{100 * value:g} % of the run" if value < 1 else f"{value:g} {_steps(value)}"
    return f"{value:g}" if isinstance(value, float) else str(value)


def title_of(changes: Iterable[tuple[str, Any, Any]]) -> str:
    """Such as ``Epochs: 5 → 2``, several with commas between them.

    Parameters
    ----------
    changes
        For each setting its dotted path, the value that it had and the one to try.
    """
    return ", ".join(
        f"{name_of(path)}: {value_text(old, path)} → {value_text(new, path)}"
        + (f" {_steps(new)}" if path in (MOST_STEPS, EVAL_STEPS) else "")
        for path, old, new in changes
    )


def _steps(count: Any) -> str:
    return "step" if count == 1 else "steps"
