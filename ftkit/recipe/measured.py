"""How long a step takes, from a run that did the same work on this machine."""

from __future__ import annotations

import os
import platform
from pathlib import Path

from ftkit.data.stamps import stamp
from ftkit.errors import FtkitError
from ftkit.fields import Choice, Machine
from ftkit.recipe.of_runs import differing, made_with
from ftkit.recipe.tree import Recipe
from ftkit.runfolder import RUNS, RunFolder
from ftkit.runfolder.pace import seconds_a_step

# A step takes as long whatever stands here, or so nearly that an estimate would be further off.
_OF_NO_WEIGHT = {"run", "parent", "method.r", "method.lora_alpha", "method.lora_dropout"} | {
    f"training.{name}"
    for name in (
        "learning_rate", "num_train_epochs", "max_steps", "warmup_steps", "lr_scheduler_type", "weight_decay", "early_stopping",
        "seed",
    )
}  # fmt: skip

MOST_OF_RANK = 4
"""A rank so many times as large makes steps that are felt to be longer."""


def measured_step(recipe: Recipe, run: RunFolder, machine: Machine) -> Choice | None:
    """Seconds of a step as the run measured them; None where the choices, or this machine, are others than it had."""
    had = made_with(run)
    if had is None or not set(differing(had, recipe)) <= _OF_NO_WEIGHT or not _as_large(had, recipe):
        return None
    try:
        if not _is_of(machine, run) or _is_older_than_its_data(run, recipe):
            return None
        seconds = seconds_a_step(run)
    except (FtkitError, OSError):
        return None  # a damaged file: the run's own page says so
    return None if seconds is None else Choice(seconds, f"as measured in {run.name}")


def measured_here(recipe: Recipe, machine: Machine) -> Choice | None:
    """Seconds of a step by the latest run of the working directory that did the same work; None where none did."""
    states = sorted(Path(RUNS).glob("*/state.json"), key=lambda path: path.stat().st_mtime, reverse=True)
    measured = (measured_step(recipe, RunFolder(state.parent), machine) for state in states)
    return next((step for step in measured if step), None)


def _as_large(had: Recipe, recipe: Recipe) -> bool:
    """Whether the adapter is about as large as it was."""
    ranks = sorted(max(1, getattr(one.method, "r", 1)) for one in (had, recipe))
    return ranks[1] <= MOST_OF_RANK * ranks[0]


def _is_older_than_its_data(run: RunFolder, recipe: Recipe) -> bool:
    begun = run.path / "environment.json"  # written once, when it began
    return any(time > begun.stat().st_mtime_ns for _, time, _ in stamp(recipe.data.source))


def _is_of(machine: Machine, run: RunFolder) -> bool:
    noted = run.environment()
    card = noted.get("gpu")
    name = card.get("name") if isinstance(card, dict) else card
    return (noted.get("cores"), noted.get("processor"), name) == (
        os.cpu_count(),
        platform.machine(),
        machine.gpu.name if machine.gpu else None,
    )
