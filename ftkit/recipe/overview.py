"""All techniques side by side for one model, one task and one machine, before anything is loaded."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from ftkit.fields import DataFacts, Machine, ModelShape
from ftkit.hardware import time_estimate
from ftkit.hardware.memory import CPU_SHARE, GPU_SHARE
from ftkit.methods import METHODS
from ftkit.recipe.needs import body_parameters, head_parameters, memory_needed, trainable_parameters
from ftkit.recipe.resolve import tokens_a_row
from ftkit.tasks import TASKS

TYPICAL = DataFacts(240, 30, 30, longest=128, p95=96, mean=64.0)
"""What a run is reckoned with while there is no data."""

BATCH = 8


@dataclass(frozen=True)
class Technique:
    """One line of the table.

    Attributes
    ----------
    id, label
        The technique.
    trainable, total
        Weights that train, and all weights of the model while it trains; exact, at the starting values.
    memory
        Bytes at the peak, roughly, with as few examples at a time as the task allows.
    time
        Seconds a step of a batch of eight, roughly.
    fits
        Whether it can be used here.
    reason
        Why not, with the way out; else what the memory is made of.
    """

    id: str
    label: str
    trainable: int
    total: int
    memory: int
    time: float
    fits: bool
    reason: str

    def to_json(self) -> dict[str, Any]:
        """As plain data."""
        return asdict(self)


def overview(
    shape: ModelShape, machine: Machine, task_id: str = "sft", facts: DataFacts = TYPICAL
) -> tuple[Technique, ...]:
    """Every technique at its starting values, those that cannot be used here too.

    Parameters
    ----------
    shape
        The base model's.
    task_id
        An id of :data:`ftkit.tasks.TASKS`.
    facts
        How long the examples are.
    """
    return tuple(_line(name, shape, machine, task_id, facts) for name in METHODS)


def _line(name: str, shape: ModelShape, machine: Machine, task_id: str, facts: DataFacts) -> Technique:
    method, task = METHODS[name], TASKS[task_id]
    settings = method.resolve(method.settings())[0]
    own, given = method.trainable(settings, shape), task.settings()
    memory = memory_needed(task, given, method, settings, shape, machine, longest=facts.longest, batch=BATCH)
    seconds = time_estimate(shape, name, machine, BATCH * tokens_a_row(task, given, facts)).value
    obstacle = (
        task.unsuited(shape) or method.hindrance(settings, shape, machine) or task.refuses(method, settings)
    )
    limit = GPU_SHARE * machine.gpu.memory if machine.gpu else CPU_SHARE * machine.memory
    reason = memory.reason
    if obstacle:
        reason = str(obstacle)
    elif memory.value > limit:
        reason = (
            f"It needs about {memory.value / 1e9:.1f} GB and {limit / 1e9:.1f} GB can be used here: "
            "choose a smaller model, shorter examples, or a technique that trains less."
        )
    return Technique(
        id=name,
        label=method.label,
        trainable=trainable_parameters(shape, task, method, settings),
        total=body_parameters(shape, task)
        + head_parameters(shape, task)
        + (own if method.adapter else method.adds(settings, shape)),
        memory=memory.value,
        # Three figures, not three places: of a tiny model nothing would be left.
        time=float(f"{seconds:.3g}"),
        fits=obstacle is None and memory.value <= limit,
        reason=reason,
    )
