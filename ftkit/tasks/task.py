"""What a task states about itself; wizard, cells, estimates, live view and docs read nothing else."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from pydantic import BaseModel

from ftkit.fields import Choice, ModelShape
from ftkit.methods import Method, Obstacle
from ftkit.tasks.rewards import FUNCTION


@dataclass(frozen=True)
class Metric:
    """A figure that a task's trainer logs besides the loss.

    Attributes
    ----------
    key
        As in ``log_history``, without ``eval_``.
    label
        Its name for people.
    reading
        One sentence on how to read it.
    better
        Whether ``higher`` or ``lower`` is better; empty where neither is.
    """

    key: str
    label: str
    reading: str
    better: Literal["higher", "lower", ""] = ""


@dataclass(frozen=True)
class Sampling:
    """What a trainer lets the model write itself, where the rows hold prompts alone.

    Attributes
    ----------
    answers
        How many answers to each prompt.
    tokens
        The most that each may have.
    passes
        How many times it learns from each.
    """

    answers: int
    tokens: int
    passes: int = 1


def _as_the_method_says(choice: Choice, method_id: str) -> Choice:
    return choice


def _none(settings: Any) -> dict[str, Any]:
    return {}


def _nothing_sampled(settings: Any) -> Sampling | None:
    return None


def _refuses_nothing(method: Method, settings: Any) -> Obstacle | None:
    return None


def _no_obstacle(settings: Any, training: Any) -> Obstacle | None:
    return None


def no_reference(method: Method, settings: Any) -> Obstacle | None:
    """What a task refuses that holds the model against the one it started from: one that cannot be had back."""
    if not method.rewrites_base:
        return None
    return Obstacle(
        f"{method.label} rewrites the base's weights while it trains, so that the model it started from, against "
        "which this task measures, is gone.",
        "Take LoRA.",
    )


@dataclass(frozen=True)
class Task:
    """What a model is trained to do.

    Attributes
    ----------
    id
        Its name in recipes and commands.
    order
        Its place where tasks are offered.
    title, summary
        The name in forms and one sentence on what it does.
    choose_when
        When to take it.
    form
        The standard form of its rows, an id of :data:`ftkit.data.forms.FORMS`.
    settings
        A pydantic class whose ``name`` is a literal of the id.
    trainer, arguments
        The classes that its train cell uses.
    defaults
        What the arguments class does where an argument is left out: an argument that equals its default is
        left out of the cell.
    package
        Whose trainer it is: ``trl`` or ``transformers``.
    module
        Where its classes are imported from, where that is not the package itself.
    template
        Its train cell, in ``ftkit/cells/templates``.
    head
        What the model gets on top: ``words`` (it writes), ``classes`` or ``score`` (new, one number a text).
    more_arguments
        ``(settings)`` → further arguments of the arguments class.
    learning_rate
        ``(choice, method_id)`` → where to start, from where the technique would.
    starts
        Hyperparameters that it starts from where nobody said otherwise, by name.
    eval_batch
        Rows evaluated at once; None: as memory allows.
    sequences
        Texts that the trainer reads for each row.
    reference
        The frozen model that it is measured against: the ``base`` (with an adapter the same weights, with the adapter
        off), the model at the ``start`` (the same, unless the technique starts elsewhere than at the base's answers), or
        none.
    value_head
        Whether a value head trains beside the model: one number for each hidden state.
    metrics
        What its trainer logs.
    leads_to
        Tasks that a next run may take up from the result, each with what it is good for then.
    sampling
        ``(settings)`` → what the model writes itself for each row; None where the rows hold the answers.
    best
        Which of its metrics the best checkpoint has the most of; empty: the one with the lowest loss.
    shuffled
        Whether its trainer takes the rows in the order of the file, so that the cell has to shuffle them.
    least_micro_batch
        Rows that have to be in memory at once.
    reasons
        Comments for arguments of its own, by name.
    refuses
        ``(method, method_settings)`` → why a technique cannot be used for it, None where it can.
    obstacle
        ``(settings, training)`` → what keeps these settings from being used, None where nothing does.
    pads
        Whether its trainer wants a tokenizer with a padding token, instead of taking the end token by itself.
    measures
        Whether its loss or reward holds the model against the one that it started from.
    loss_reading
        One or two sentences on how to read its loss, or the reward where it learns from one; empty where it is the loss
        of writing the right words.
    """

    id: str
    order: int
    title: str
    summary: str
    choose_when: str
    form: str
    settings: type[BaseModel]
    trainer: str
    arguments: str
    defaults: Mapping[str, Any]
    package: str = "trl"
    template: str = "train"
    head: Literal["words", "classes", "score"] = "words"
    more_arguments: Callable[[Any], dict[str, Any]] = _none
    learning_rate: Callable[[Choice, str], Choice] = _as_the_method_says
    starts: Mapping[str, Any] = field(default_factory=dict)
    eval_batch: int | None = None
    sequences: int = 1
    reference: Literal["", "base", "start"] = ""
    value_head: bool = False
    metrics: tuple[Metric, ...] = ()
    leads_to: Mapping[str, str] = field(default_factory=dict)
    loss_reading: str = ""
    module: str = ""
    sampling: Callable[[Any], Sampling | None] = _nothing_sampled
    best: str = ""
    shuffled: bool = False
    least_micro_batch: int = 1
    reasons: Mapping[str, str] = field(default_factory=dict)
    refuses: Callable[[Method, Any], Obstacle | None] = _refuses_nothing
    obstacle: Callable[[Any, Any], Obstacle | None] = _no_obstacle
    pads: bool = False
    measures: bool = True

    def unsuited(self, shape: ModelShape) -> Obstacle | None:
        """Why a model cannot be trained for it, None where it can."""
        if shape.writes or self.head == "classes":
            return None
        return Obstacle(
            f"This model is an encoder (of the kind {shape.kind}): it reads texts and cannot write any, so it can only "
            "learn to put them into classes.",
            "Choose the task text classification, or a model that continues text, such as 'smollm2-135m'.",
        )

    def models_beside(self, method: Method, settings: Any) -> int:
        """Frozen models in memory beside the one that trains: a copy of where it started, and a model that rewards."""
        starts_as_base = method.starts_as_base and not method.rewrites_base
        copied = {
            "": False,
            "base": not method.adapter,
            "start": not (method.adapter and starts_as_base),
        }[self.reference]
        return int(copied) + (getattr(settings, "reward", FUNCTION) != FUNCTION)

    @property
    def imported_from(self) -> str:
        """The module that its trainer and its arguments are imported from."""
        return self.module or self.package

    @property
    def task_type(self) -> str:
        """PEFT's name for the kind of model."""
        return "CAUSAL_LM" if self.head == "words" else "SEQ_CLS"

    @property
    def model_class(self) -> str:
        """The class that loads the base."""
        return "AutoModelForCausalLM" if self.head == "words" else "AutoModelForSequenceClassification"


COMMON: dict[str, Any] = {
    "num_train_epochs": 3.0,
    "per_device_train_batch_size": 8,
    "gradient_accumulation_steps": 1,
    "per_device_eval_batch_size": 8,
    "warmup_steps": 0,
    "lr_scheduler_type": "linear",
    "weight_decay": 0.0,
    "max_steps": -1,
    "seed": 42,
    "use_cpu": False,
    "eval_strategy": "no",
    "eval_on_start": False,
    "eval_steps": None,
    "save_steps": 500,
    "save_total_limit": None,
    "load_best_model_at_end": False,
}
"""What Transformers' trainer does where an argument is left out."""

TRL_COMMON: dict[str, Any] = {
    **COMMON,
    "max_length": 1024,
    "bf16": True,  # written as None in its classes and then turned on, whatever the machine
    "activation_checkpointing": True,  # by way of its old name, gradient_checkpointing
    "logging_steps": 10,
}
"""The same of TRL's trainers."""
