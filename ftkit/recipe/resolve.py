"""Fill every automatic value of a recipe from the machine, the data and the model, with reasons."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ftkit.diagnosis import FEWEST_ROWS
from ftkit.fields import AUTO, Choice, DataFacts, Machine, ModelShape
from ftkit.hardware import largest_micro_batch
from ftkit.methods import METHODS
from ftkit.recipe.backend import backend_reason
from ftkit.recipe.cadence import COST_OF_A_TRAINED_ROW, evaluations
from ftkit.recipe.needs import beside, tokens_at_once
from ftkit.recipe.new_tokens import added_rows, kept_beside, new_weights
from ftkit.recipe.speed import choose_speed
from ftkit.recipe.suits import room_for_text
from ftkit.recipe.tree import Recipe
from ftkit.tasks import TASKS, Sampling, Task

if TYPE_CHECKING:
    from ftkit.data import Offered

LOG_POINTS = 40
LONG_RUN = 2000
LONGEST_ON_CPU, LONGEST_ON_GPU = 1024, 4096
PIECE_ON_CPU, PIECE_ON_GPU = 256, 2048
"""Tokens of a piece that a document is cut into."""
GIB = 2**30
SLOWNESS_OF_WRITING = 4.0
"""Time to write a token and learn from it, as a multiple of the time to learn a token that is given."""
LEARNED = 0.3
"""Time to learn from an answer once, as a multiple of the time to write it."""


@dataclass(frozen=True)
class Resolved:
    """A recipe without automatic values, and what follows from it.

    Attributes
    ----------
    recipe
        The recipe with every ``"auto"`` replaced.
    reasons
        Why, by dotted path; the values below go by ``derived.<name>``.
    gradient_accumulation_steps
        Micro-batches a step, so that together they are the batch.
    total_steps
        Steps of the whole run.
    eval_steps, logging_steps, save_steps
        Steps between two evaluations, log rows, checkpoints.
    eval_rows
        Held-out examples that each evaluation looks at.
    disk_needed
        Bytes that the run folder will take at most.
    model_path
        What ``from_pretrained`` is given: a folder or a hub id; the starter's own id, as its folder is another
        on every machine.
    warnings
        Sentences about choices that are allowed and probably not meant.
    attn_implementation, use_liger_kernel, torch_compile
        Whether faster attention, layers and a compiled model are used.
    examples_a_row
        How many examples share a row on average; above 1 they are packed, and a batch has that many rows fewer.
    new_tokens, added_rows
        How many tokens the chat template adds, and how many rows the model gets for them.
    """

    recipe: Recipe
    reasons: dict[str, str]
    shape: ModelShape
    facts: DataFacts
    machine: Machine
    gradient_accumulation_steps: int
    per_device_eval_batch_size: int
    total_steps: int
    eval_steps: int
    eval_rows: int
    logging_steps: int
    save_steps: int
    bf16: bool
    activation_checkpointing: bool
    disk_needed: int
    model_path: str
    warnings: tuple[str, ...] = ()
    attn_implementation: str = "sdpa"
    use_liger_kernel: bool = False
    torch_compile: bool = False
    examples_a_row: int = 1
    new_tokens: int = 0
    added_rows: int = 0

    @property
    def backend(self) -> str:
        """The program that trains."""
        return str(self.recipe.training.backend)

    @property
    def length(self) -> str:
        """The optimizer steps in words: ``1 step``, ``1,200 steps``."""
        return f"{self.total_steps:,} {'step' if self.total_steps == 1 else 'steps'}"

    @property
    def tokens_a_step(self) -> float:
        """Tokens that a step works through, roughly, counted as teaching a token counts."""
        task, training = TASKS[self.recipe.task.name], self.recipe.training
        sampling = task.sampling(self.recipe.task)
        there = self.facts.train_rows * (sampling.answers if sampling else 1)
        return min(training.batch_size, there) * tokens_a_row(task, self.recipe.task, self.facts)


def tokens_a_row(task: Task, settings: Any, facts: DataFacts) -> float:
    """Tokens of one row of a batch on average, counted as teaching a token counts.

    An answer that the model writes itself is read again by it and by the model that it started from, and writing
    it goes token by token.
    """
    sampling = task.sampling(settings)
    if sampling is None:
        return facts.mean * task.sequences
    again = (sampling.passes - 1) * (facts.mean + sampling.tokens)
    return 2 * facts.mean + SLOWNESS_OF_WRITING * sampling.tokens + again


def count_steps(
    rows: int, batch: int, epochs: float, max_steps: int | None = None, sampling: Sampling | None = None
) -> int:
    """Optimizer steps of a run, counted as Transformers' ``Trainer`` does.

    Where the model writes several answers to a prompt itself, the batch counts answers, and prompts left over at
    the end of an epoch are left out.
    """
    if max_steps:
        return max_steps
    if sampling and sampling.answers > 1:
        return max(1, math.ceil(epochs * max(1, rows // max(1, batch // sampling.answers))))
    return max(1, math.ceil(epochs * max(1, math.ceil(rows / batch))))


def longest_allowed(recipe: Recipe, machine: Machine) -> int:
    """Tokens beyond which an example is left out, or a document cut: chosen, or the most that would be chosen here."""
    chosen = recipe.training.max_length
    if isinstance(chosen, int):
        return chosen
    if recipe.task.name == "domain":
        return PIECE_ON_GPU if machine.gpu else PIECE_ON_CPU
    return LONGEST_ON_GPU if machine.gpu else LONGEST_ON_CPU


def _longest(facts: DataFacts, machine: Machine, room: int | None) -> Choice:
    cap = LONGEST_ON_GPU if machine.gpu else LONGEST_ON_CPU
    if room is not None and facts.longest > room < cap:
        return Choice(room, f"the longest example has {facts.longest} tokens, and this model reads no more")
    if facts.longest <= cap:
        return Choice(max(8, facts.longest), "as long as the longest example")
    where = "this graphics card" if machine.gpu else "a computer without graphics card"
    return Choice(
        cap,
        f"the longest example has {facts.longest} tokens: too long for {where}, so longer ones are left out",
    )


def _warmup(total: int) -> Choice:
    if total >= LONG_RUN:
        return Choice(100.0, "the usual number of steps on a long run")
    steps = max(1, math.ceil(total * 0.05))
    whole = "" if steps == total * 0.05 else ", rounded up"
    return Choice(0.05, f"5 % of the run: {steps} of {total} steps{whole}")


def _disk(trainable: int, saved: int, beside: int) -> int:
    """Bytes for the best and the last checkpoint, one more while it is written, and the result.

    A checkpoint holds what is saved (an adapter, or the whole model), what is kept beside it and, for what trains, the
    optimizer's two moments; four bytes each.
    """
    return 3 * ((saved + beside) * 4 + trainable * 8) + saved * 4 + 50 * 2**20


FAR_TOO_HIGH = 10
"""So many times the highest of the usual learning rates is a slip, and no experiment."""


def _warnings(recipe: Recipe, machine: Machine, facts: DataFacts, total: int, disk: int) -> tuple[str, ...]:
    found = []
    warmup = recipe.training.warmup_steps
    if warmup != AUTO and warmup >= 1 and warmup > total / 3:
        found.append(
            f"The warm-up of {warmup:g} steps takes most of this run of {total} steps: "
            "the model would hardly reach its learning rate. Try 0.05, which is 5 % of the run."
        )
    technique, rate = METHODS[recipe.method.name], recipe.training.learning_rate
    low, high = technique.rates
    if rate != AUTO and rate > FAR_TOO_HIGH * high:
        found.append(
            f"The learning rate of {rate:g} is far above what works with {technique.label}, {low:g} to {high:g}: "
            "the training would break the model."
        )
    if disk > machine.disk_free:
        found.append(
            f"The run needs up to {disk / GIB:.1f} GiB of disk and only {machine.disk_free / GIB:.1f} GiB are free. "
            "Make room before you start."
        )
    if facts.validation_rows < FEWEST_ROWS:
        found.append(
            f"Only {facts.validation_rows} examples are held back for validation, and a verdict takes at least "
            f"{FEWEST_ROWS}: make the validation part larger, or have more examples."
        )
    elif facts.validation_rows < 20:
        found.append(
            f"Only {facts.validation_rows} examples are held back for validation: "
            "a small change of their loss cannot be told from chance. A larger validation part shows more."
        )
    decay, start = recipe.training.weight_decay, METHODS[recipe.method.name].weight_decay
    if decay != AUTO and decay > 0 and start.value == 0:
        found.append(f"With a weight decay of {decay:g}: {start.reason}. Try 0.")
    micro, batch = recipe.training.per_device_train_batch_size, recipe.training.batch_size
    if batch > facts.train_rows:
        found.append(f"The batch of {batch} examples is larger than the training part of {facts.train_rows}.")
    if recipe.training.early_stopping and TASKS[recipe.task.name].best == "reward":
        found.append(
            "This training learns from rewards, and early stopping goes by the evaluation loss: it will not end the run."
        )
    if isinstance(micro, int) and not machine.gpu and micro > 8:
        found.append(
            f"A micro-batch of {micro} takes much memory and is no faster without a graphics card. Try 'auto'."
        )
    return tuple(found)


def resolve(
    recipe: Recipe,
    machine: Machine,
    facts: DataFacts,
    shape: ModelShape,
    model_path: str = "",
    offered: Offered | None = None,
    rows_before: int | None = None,
) -> Resolved:
    """Fill every automatic value.

    Parameters
    ----------
    recipe
        What the person chose.
    machine, facts, shape
        What the choice depends on; nothing else is looked at, so equal arguments give equal results.
    model_path
        What ``from_pretrained`` will be given; the model's id where empty.
    offered
        The chat template for a model that has none.
    rows_before
        How many held-out examples the parent's evaluations looked at (:func:`ftkit.recipe.alike.rows_before`).

    Returns
    -------
    Resolved
        The filled recipe with a reason for each value that ftkit chose.
    """
    reasons: dict[str, str] = {}
    training = recipe.training
    technique, task = METHODS[recipe.method.name], TASKS[recipe.task.name]
    method, notes = technique.resolve(recipe.method)
    reasons.update({f"method.{name}": reason for name, reason in notes.items()})
    rows = new_weights(recipe, offered, shape)
    trainable = technique.trainable(method, shape) + rows
    sampling = task.sampling(recipe.task)
    total = count_steps(
        facts.train_rows, training.batch_size, training.num_train_epochs, training.max_steps, sampling
    )

    chosen: dict[str, Choice] = {}
    if training.learning_rate == AUTO:
        chosen["learning_rate"] = task.learning_rate(technique.learning_rate(shape, total), technique.id)
    if training.max_length == AUTO:
        chosen["max_length"] = _longest(facts, machine, room_for_text(recipe, shape))
    length = chosen["max_length"].value if "max_length" in chosen else training.max_length
    if training.weight_decay == AUTO:
        chosen["weight_decay"] = technique.weight_decay
    if training.warmup_steps == AUTO:
        chosen["warmup_steps"] = _warmup(total)
    if training.per_device_train_batch_size == AUTO:
        chosen["per_device_train_batch_size"] = largest_micro_batch(
            shape,
            recipe.method.name,
            trainable,
            machine,
            length=tokens_at_once(task, recipe.task, int(length)),
            batch_size=training.batch_size,
            beside=beside(
                task, recipe.task, technique, shape, longest=int(length), batch=training.batch_size
            ),
        )
        fewest = task.least_micro_batch
        if chosen["per_device_train_batch_size"].value < fewest <= training.batch_size:
            fitting = next(n for n in range(fewest, training.batch_size + 1) if training.batch_size % n == 0)
            why = f"this task compares the {fewest} or more that are in memory at once"
            chosen["per_device_train_batch_size"] = Choice(fitting, why)
    speed = choose_speed(recipe, machine, facts, shape, length=int(length), steps=total)
    together, batch_rows = int(speed.packing.value), training.batch_size
    if together > 1:
        # As many examples a step as were chosen, in fewer rows.
        batch_rows = max(1, training.batch_size // together)
        most = int(chosen["per_device_train_batch_size"].value)
        divides = [n for n in range(1, batch_rows + 1) if not batch_rows % n and not training.batch_size % n]
        rows = max(n for n in divides if n <= most)
        why = f"rows of about {together} examples: {batch_rows} of them are about {training.batch_size} examples"
        chosen["per_device_train_batch_size"] = Choice(rows, why)
    for name, choice in {
        "attn_implementation": speed.attention,
        "use_liger_kernel": speed.liger,
        "torch_compile": speed.compiled,
        "examples_a_row": speed.packing,
    }.items():
        reasons[f"derived.{name}"] = choice.reason
    reasons["derived.backend"] = backend_reason(recipe, machine, shape)
    reasons.update({f"training.{name}": choice.reason for name, choice in chosen.items()})
    training = training.model_copy(update={name: choice.value for name, choice in chosen.items()})
    filled = recipe.model_copy(update={"method": method, "training": training})

    trained_rows = float(total * training.batch_size)
    if sampling:
        # A held-out prompt gets one answer, and writing it is most of the work in training, too.
        trained_rows *= (1 + LEARNED * sampling.passes) / COST_OF_A_TRAINED_ROW
    cadence = evaluations(total, trained_rows, facts.validation_rows, rows_before)
    micro = int(training.per_device_train_batch_size)
    bf16 = bool(machine.gpu and machine.gpu.bf16)
    checkpointing = bool(machine.gpu) and shape.parameters >= 1_000_000_000 and technique.checkpointing
    reasons["derived.eval_steps"] = cadence.reason
    reasons["derived.eval_rows"] = cadence.rows_reason
    reasons["derived.logging_steps"] = "about 40 points on the curve"
    reasons["derived.save_steps"] = "a checkpoint at each evaluation, so that the best can be kept"
    reasons["derived.gradient_accumulation_steps"] = (
        f"{batch_rows // micro} micro-batches of {micro} make one batch of {batch_rows}"
        + (" rows" if together > 1 else "")
    )
    reasons["derived.bf16"] = (
        "half-precision numbers: faster, half the memory, and this card computes in them"
        if bf16
        else "full-precision numbers: without a suitable graphics card half precision is slower"
    )
    reasons["derived.activation_checkpointing"] = (
        "saves memory by computing parts twice"
        if checkpointing
        else "off: it saves memory but costs time"
        if technique.checkpointing
        else "off: with it on, the prefix would be thrown away"
    )
    saved = trainable if technique.adapter else shape.parameters + technique.adds(method, shape) + rows
    disk = _disk(trainable, saved, kept_beside(recipe, offered, shape))
    return Resolved(
        recipe=filled,
        reasons=reasons,
        shape=shape,
        facts=facts,
        machine=machine,
        gradient_accumulation_steps=batch_rows // micro,
        # Nothing is kept for a way back, so that twice as many take no more memory.
        per_device_eval_batch_size=task.eval_batch or (micro if machine.gpu else 2 * micro),
        total_steps=total,
        eval_steps=cadence.every,
        eval_rows=cadence.rows,
        logging_steps=max(1, round(total / LOG_POINTS)),
        save_steps=cadence.every,
        bf16=bf16,
        activation_checkpointing=checkpointing,
        disk_needed=disk,
        model_path=model_path or recipe.model.id,
        warnings=_warnings(filled, machine, facts, total, disk),
        attn_implementation=str(speed.attention.value),
        use_liger_kernel=bool(speed.liger.value),
        torch_compile=bool(speed.compiled.value),
        examples_a_row=together,
        new_tokens=len(offered.new_tokens) if offered else 0,
        added_rows=added_rows(offered, shape),
    )
