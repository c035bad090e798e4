"""What a technique states about itself; wizard, cells, table, estimates and docs read nothing else."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple

from pydantic import BaseModel

from ftkit.fields import Choice, Machine, ModelShape, Source

_USUAL_DECAY = Choice(0.01, "a gentle pull towards zero; it matters on long runs only")

Cell = Callable[[Any, Mapping[str, str], str], str]
Marks = Mapping[str, Mapping[str, Any]]


SITUATIONS = {
    "always": "whatever the situation",
    "memory-short": "LoRA takes more than half of the memory that can be used here",
    "no-card": "there is no graphics card",
    "small-model": "fewer than a billion weights",
    "large-model": "three billion weights or more",
    "few-rows": "fewer than 200 examples",
    "many-rows": "2,000 examples or more",
    "style": "the model answers in words, and their tone, form or role shall change",
    "language": "the model shall pick up the language of a field",
    "complete": "the model shall be able to do something altogether new",
    "classes": "the model puts texts into classes",
    "several": "several tasks over one base",
    "lora-short": "a run with LoRA fell a little short",
}
"""What a recommendation goes by; :mod:`ftkit.recipe.recommend` says when each holds."""


class Obstacle(NamedTuple):
    """Why a technique cannot be used here, and the way out."""

    why: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.why} {self.remedy}"


@dataclass(frozen=True)
class InTrainCell:
    """A technique's piece of the train cell.

    Attributes
    ----------
    load
        Further arguments of ``from_pretrained``.
    before
        Lines between the arguments and the trainer; they may use ``model``, ``args`` and what the method
        cell defined.
    trainer
        Further arguments of the trainer.
    after
        Lines between the trainer and the training; they may use ``trainer`` and ``tokenizer``.
    hands_over_config
        Whether the trainer gets ``peft_config``.
    """

    load: Mapping[str, Source] = field(default_factory=dict)
    before: str = ""
    trainer: Mapping[str, Source] = field(default_factory=dict)
    after: str = ""
    hands_over_config: bool = True


def _nothing_to_fill(settings: Any) -> tuple[Any, dict[str, str]]:
    return settings, {}


def _no_obstacle(settings: Any, shape: ModelShape, machine: Machine) -> Obstacle | None:
    return None


def _every_block(settings: Any, shape: ModelShape) -> float:
    return 1.0


def _nothing_added(settings: Any, shape: ModelShape) -> int:
    return 0


@dataclass(frozen=True)
class Method:
    """One technique.

    Attributes
    ----------
    id
        Its name in recipes, commands and cells' metadata.
    order
        Its place where techniques are offered.
    label, summary
        The name in forms and one sentence on what it does.
    trains
        Which modules train, as a sentence.
    choose_when, watch_for
        When to take it, and what goes wrong with it.
    merging
        How the result becomes part of the base's weights, or why it cannot.
    merges
        Whether it can.
    settings
        A pydantic class whose ``name`` is a literal of the id.
    trainable
        ``(settings, shape)`` → exact number of parameters that train.
    learning_rate
        ``(shape, steps)`` → where to start.
    cell
        ``(settings, reasons, task_type)`` → the source of the method cell; it defines ``peft_config`` (None
        without one). The third is PEFT's name for what the model does: ``CAUSAL_LM`` or ``SEQ_CLS``.
    adapter
        Whether the run leaves a small adapter beside an untouched base; else it leaves a whole model.
    config, defaults
        The PEFT class of its adapter, empty without one, and that class's own defaults: an argument that
        equals its default is left out of the cell.
    marks
        What tells its method cell from others': the calls in it, each with the arguments that have to be so,
        and the variables that it assigns, with ``{"": value}`` where the value counts.
    in_train
        ``(settings)`` → its piece of the train cell.
    resolve
        ``(settings)`` → its own automatic values filled, with reasons by field name.
    obstacle
        ``(settings, shape, machine)`` → why it cannot be used, None where it can.
    starts_as_base
        Whether the model answers before the first step exactly as the base does. A technique that starts from
        random vectors does not.
    checkpointing
        Whether it can be trained with activation checkpointing.
    rewrites_base
        Whether it changes the base's own weights in memory while it trains, so that "adapter off" is not the base.
    whole_numbers
        Whether the base is in full precision also where half of it computes.
    frozen_bytes
        Bytes of each weight that does not train, where they are packed; None: as many as the model's number format has.
    blocks
        ``(settings, shape)`` → the share of the blocks that the way back goes through.
    pace
        Time of a step compared with LoRA's on the starter model; measured, see ``benchmarks``.
    rates
        The learning rates between which it usually works.
    weight_decay
        Where to start with it. Where that is 0, any other value is probably not meant.
    adds
        ``(settings, shape)`` → weights that a whole model has more in the end than its base.
    example
        Settings to show and test it with on a model like the starter, where its own defaults are refused there.
    speaks_for, speaks_against
        Why to take it, or not, in a situation: a sentence by situation, one of `SITUATIONS`.
    not_for_encoders
        Why it cannot be used with an encoder such as BERT, and the way out; None where it can.
    new_tokens
        How the rows of tokens that a chat template adds train: ``rows`` (they alone, kept with the adapter), ``all``
        (every row trains anyway); empty where they cannot.
    goes_on
        What its method cell holds, besides the adapter's settings, where an adapter that another run made with it trains
        on; None where none can.
    """

    id: str
    order: int
    label: str
    summary: str
    trains: str
    choose_when: str
    watch_for: str
    merging: str
    merges: bool
    settings: type[BaseModel]
    trainable: Callable[[Any, ModelShape], int]
    learning_rate: Callable[[ModelShape, int], Choice]
    cell: Cell
    adapter: bool = True
    config: str = ""
    defaults: Mapping[str, Any] = field(default_factory=dict)
    marks: Marks = field(default_factory=dict)
    in_train: Callable[[Any], InTrainCell] = lambda settings: InTrainCell()
    resolve: Callable[[Any], tuple[Any, dict[str, str]]] = _nothing_to_fill
    obstacle: Callable[[Any, ModelShape, Machine], Obstacle | None] = _no_obstacle
    starts_as_base: bool = True
    checkpointing: bool = True
    rewrites_base: bool = False
    whole_numbers: bool = False
    frozen_bytes: float | None = None
    blocks: Callable[[Any, ModelShape], float] = _every_block
    pace: float = 1.0
    rates: tuple[float, float] = (1e-4, 2e-3)
    weight_decay: Choice = _USUAL_DECAY
    adds: Callable[[Any, ModelShape], int] = _nothing_added
    example: Mapping[str, Any] = field(default_factory=dict)
    speaks_for: Mapping[str, str] = field(default_factory=dict)
    speaks_against: Mapping[str, str] = field(default_factory=dict)
    not_for_encoders: Obstacle | None = None
    new_tokens: Literal["", "rows", "all"] = ""
    goes_on: str | None = None

    def hindrance(self, settings: Any, shape: ModelShape, machine: Machine) -> Obstacle | None:
        """Why it cannot be used with a model on a machine, None where it can: its own obstacles and the shared ones."""
        if not shape.writes and self.not_for_encoders:
            return self.not_for_encoders
        layers, names = shape.linear_layers(), getattr(settings, "target_modules", ())
        if missing := [name for name in names if name not in layers and names != "all-linear"]:
            return Obstacle(
                f"The blocks of this model have no layer {missing[0]}.", f"Choose among {', '.join(layers)}."
            )
        return self.obstacle(settings, shape, machine)
