"""All techniques side by side for one model, one task and one machine, before anything is loaded."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from ftkit.fields import DataFacts, Machine, ModelShape
from ftkit.hardware import memory_estimate, time_estimate
from ftkit.hardware.memory import CPU_SHARE, GPU_SHARE
from ftkit.methods import METHODS
from ftkit.recipe.resolve import tokens_a_row
from ftkit.tasks import TASKS

TYPICAL = DataFacts(240, 30, 30, longest=128, p95=96, mean=64.0)
"""What a run is reckoned with while there is no data."""

BATCH = 8
CLASSES = 2
"""Classes that a classifier is reckoned with while there is no data."""


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
        Bytes at the peak, roughly, one example at a time.
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


def head_parameters(shape: ModelShape, task_id: str, classes: int = CLASSES) -> int:
    """Weights of the new head that a task puts on the model; 0 where it goes on writing."""
    outputs = {"words": 0, "classes": classes, "score": 1}[TASKS[task_id].head]
    return outputs * shape.hidden


def _line(name: str, shape: ModelShape, machine: Machine, task_id: str, facts: DataFacts) -> Technique:
    method, task = METHODS[name], TASKS[task_id]
    settings = method.resolve(method.settings())[0]
    head = head_parameters(shape, task_id)
    # A head that gives classes takes the place of the one that writes.
    body = shape.parameters
    if head and not shape.tied_embeddings:
        body -= shape.vocabulary * shape.hidden
    own = method.trainable(settings, shape)
    trainable = (body if own == shape.parameters else own) + head
    sampling = task.sampling(task.settings())
    length = facts.longest * task.sequences + (sampling.tokens if sampling else 0)
    memory = memory_estimate(
        shape,
        name,
        trainable,
        machine,
        micro_batch=1,
        length=length,
        blocks=method.blocks(settings, shape),
    )
    if task.copies and not method.adapter:
        memory = memory._replace(value=memory.value + task.copies * shape.parameters * 4)
    seconds = time_estimate(shape, name, machine, BATCH * tokens_a_row(task, task.settings(), facts)).value
    obstacle = method.obstacle(settings, shape, machine) or task.refuses(method, settings)
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
        trainable=trainable,
        total=body + head + (own if method.adapter else method.adds(settings, shape)),
        memory=memory.value,
        time=round(seconds, 3),
        fits=obstacle is None and memory.value <= limit,
        reason=reason,
    )
