"""How much memory a run takes, roughly, for what a person has chosen."""

from __future__ import annotations

from typing import Any

from ftkit.fields import Choice, Machine, ModelShape
from ftkit.hardware import Beside, memory_estimate
from ftkit.methods import Method
from ftkit.tasks import Task

CLASSES = 2
"""Classes that a classifier is reckoned with while there is no data."""


def head_parameters(shape: ModelShape, task: Task, classes: int = CLASSES) -> int:
    """Weights of the new head that a task puts on the model; 0 where it goes on writing."""
    outputs = {"words": 0, "classes": classes, "score": 1}[task.head]
    return shape.head(outputs) if outputs else 0


def body_parameters(shape: ModelShape, task: Task) -> int:
    """Weights of the model without its new head: one that gives classes takes the place of the one that writes."""
    replaced = head_parameters(shape, task) and not shape.tied_embeddings
    return shape.parameters - (shape.vocabulary * shape.hidden if replaced else 0)


def trainable_parameters(shape: ModelShape, task: Task, method: Method, chosen: Any) -> int:
    """Weights of the model that train, a new head included; exact."""
    own = int(method.trainable(chosen, shape))
    body = body_parameters(shape, task)
    return (body if own == shape.parameters else own) + head_parameters(shape, task)


def tokens_at_once(task: Task, settings: Any, longest: int) -> int:
    """Tokens of one row at most as the trainer reads it, answers included, given those of the longest row."""
    sampling = task.sampling(settings)
    return longest * task.sequences + (sampling.tokens if sampling else 0)


def beside(
    task: Task, settings: Any, method: Method, shape: ModelShape, *, longest: int, batch: int
) -> Beside:
    """What the task needs in memory beside the model that trains.

    Parameters
    ----------
    settings
        The task's.
    longest
        Tokens of the longest row.
    batch
        Rows of a step; where the model writes itself, its answers, all written at once.
    """
    written = batch * tokens_at_once(task, settings, longest) if task.sampling(settings) else 0
    # One weight for each number of a hidden state, and a bias.
    head = shape.hidden + 1 if task.value_head else 0
    return Beside(task.models_beside(method, settings), head, written)


def memory_needed(
    task: Task,
    settings: Any,
    method: Method,
    chosen: Any,
    shape: ModelShape,
    machine: Machine,
    *,
    longest: int,
    batch: int,
    micro_batch: int | None = None,
) -> Choice:
    """The peak memory of a run, roughly.

    Parameters
    ----------
    settings, chosen
        The task's and the technique's.
    longest, batch
        As for :func:`beside`.
    micro_batch
        Examples in memory at once; as few as the task allows where None.
    """
    return memory_estimate(
        shape,
        method.id,
        trainable_parameters(shape, task, method, chosen),
        machine,
        micro_batch=micro_batch or task.least_micro_batch,
        length=tokens_at_once(task, settings, longest),
        blocks=method.blocks(chosen, shape),
        beside=beside(task, settings, method, shape, longest=longest, batch=batch),
    )
