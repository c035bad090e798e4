"""From a resolved recipe to the cells: plain code with the arguments that matter, and why."""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ftkit.catalog import STARTER_ID, run_named
from ftkit.cells.data_cell import is_plain, plain_values, prepared_values
from ftkit.cells.reading import call_for
from ftkit.cells.steps import STEPS, Cell
from ftkit.errors import CellError
from ftkit.fields import Source, assign, call, comment, literal
from ftkit.fields.source import WIDTH
from ftkit.methods import METHODS
from ftkit.recipe import Resolved
from ftkit.tasks import TASKS, Task
from ftkit.tasks.rewards import FUNCTION, reward_source

if TYPE_CHECKING:
    from jinja2 import Environment

    from ftkit.data import Inspection, Offered

FIRST_PROMPT = "Who are you?"


@cache
def _templates() -> Environment:
    """Jinja2, set so that a value that is not named is an error and any other becomes a literal."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(  # noqa: S701  (Python is written here, not HTML; see `finalize`)
        loader=FileSystemLoader(Path(__file__).parent / "templates"),
        undefined=StrictUndefined,
        finalize=literal,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals.update(assign=assign, call=call, comment=comment)
    return environment


def _render(step: str, **values: Any) -> str:
    return _templates().get_template(f"{step}.py.jinja").render(values)


def _checked(step: str, source: str, run: str) -> Cell:
    """The cell, if it is Python."""
    source = source.strip("\n")
    try:
        ast.parse(source)
    except (SyntaxError, ValueError) as error:
        raise CellError(
            f"The {step} cell could not be written: {error}.",
            "This is a mistake in ftkit; please report it together with the recipe.",
        ) from error
    return Cell(step, source, run)


def _whole(number: float) -> float:
    """``2.0`` as ``2``: a whole number reads better and means the same."""
    return int(number) if float(number).is_integer() else number


def _arguments(resolved: Resolved) -> dict[str, Any]:
    """The training arguments that differ from the trainer's own defaults, in reading order."""
    training = resolved.recipe.training
    on_gpu = resolved.machine.gpu is not None
    wanted = {
        "output_dir": output_dir(resolved.recipe.run),
        "learning_rate": training.learning_rate,
        "lr_scheduler_type": training.lr_scheduler_type,
        "warmup_steps": _whole(float(training.warmup_steps)),
        "weight_decay": training.weight_decay,
        "num_train_epochs": _whole(training.num_train_epochs),
        "max_steps": training.max_steps or -1,
        "per_device_train_batch_size": training.per_device_train_batch_size,
        "gradient_accumulation_steps": resolved.gradient_accumulation_steps,
        "max_length": training.max_length,
        "seed": training.seed,
        "bf16": resolved.bf16,
        "activation_checkpointing": resolved.activation_checkpointing,
        "use_cpu": not on_gpu,
        "eval_strategy": "steps",
        "eval_steps": resolved.eval_steps,
        "eval_on_start": True,
        "per_device_eval_batch_size": resolved.per_device_eval_batch_size,
        "logging_steps": resolved.logging_steps,
        "save_steps": resolved.save_steps,
        "save_total_limit": 2,
        "load_best_model_at_end": True,
    }
    task = TASKS[resolved.recipe.task.name]
    if "max_length" not in task.defaults:
        del wanted["max_length"]
    wanted |= task.more_arguments(resolved.recipe.task)
    defaults = task.defaults
    return {name: value for name, value in wanted.items() if name not in defaults or value != defaults[name]}


def _reasons(resolved: Resolved) -> dict[str, str]:
    """A comment for the arguments whose value somebody might wonder about."""
    reasons = {
        name.partition(".")[2]: reason
        for name, reason in resolved.reasons.items()
        if name.startswith(("training.", "derived."))
    }
    reasons["max_steps"] = "the run ends here, whatever the epochs say"
    reasons["use_cpu"] = "no NVIDIA graphics card was found"
    reasons["eval_on_start"] = (
        "the untouched model's loss: what training has to beat"
        if METHODS[resolved.recipe.method.name].starts_as_base
        else "where it starts: not at the untouched model's loss, which ftkit.follow measures"
    )
    reasons["save_total_limit"] = "the best checkpoint and the last"
    reasons["load_best_model_at_end"] = "best: the lowest loss on the validation part"
    task = TASKS[resolved.recipe.task.name]
    if task.best:
        reasons["eval_on_start"] = f"the untouched model's {task.best}: what training has to beat"
        reasons["load_best_model_at_end"] = f"best: the highest {task.best} on the validation part"
    reasons |= task.reasons
    for obvious in ("per_device_eval_batch_size", "logging_steps"):
        reasons.pop(obvious, None)
    return reasons


def output_dir(run: str) -> str:
    """Where a run's checkpoints go, from the kernel's working directory."""
    return f"ftkit-runs/{run}/checkpoints"


def _load(task: Task, dtype: str, more: Mapping[str, Source]) -> Source:
    """The line that loads the base model."""
    target, name = "model = ", f"{task.model_class}.from_pretrained"
    heads: dict[str, dict[str, Any]] = {
        "classes": {
            "num_labels": Source("len(labels)"),
            "id2label": Source("dict(enumerate(labels))"),
            "label2id": Source("numbers"),
        },
        "score": {"num_labels": 1},
    }
    head = heads.get(task.head, {})
    arguments = {"0": Source("model_path"), "dtype": dtype, "use_safetensors": True, **head, **more}
    if len(arguments) > 3:
        return Source(target + call(name, arguments))
    shown = ", ".join(
        f"{'' if key == '0' else key + '='}{literal(value)}" for key, value in arguments.items()
    )
    return Source(f"{target}{name}(\n    {shown}\n)")


def _train(resolved: Resolved, inspection: Inspection) -> str:
    recipe = resolved.recipe
    task, technique = TASKS[recipe.task.name], METHODS[recipe.method.name]
    piece = technique.in_train(recipe.method)
    # Where the model's own weights train, they stay in full precision also where bf16 computes: small steps
    # would be lost in the rounding of half-precision ones.
    dtype = "bfloat16" if resolved.bf16 and technique.adapter else "float32"
    longest = int(recipe.training.max_length)
    leaves_out = resolved.facts.longest > longest and task.form not in ("domain", "classification")
    rows = "fitting" if leaves_out else "tokens" if task.head == "classes" else "data"
    wraps = task.library == "transformers" and bool(technique.config) and piece.hands_over_config
    reward = getattr(recipe.task, "reward", "")
    trained, held_out = f'{rows}["train"]', f'{rows}["validation"]'
    looked_at = {}
    if task.shuffled:
        trained += f".shuffle(seed={recipe.training.seed})"
        looked_at["train_dataset"] = "this trainer takes the rows in the order that they have"
    if resolved.eval_rows < resolved.facts.validation_rows:
        # Shuffled, as the person's own file may be sorted; by the split's seed, so that runs can be compared.
        held_out += f".shuffle(seed={recipe.data.split_seed}).take({resolved.eval_rows})"
        looked_at["eval_dataset"] = resolved.reasons["derived.eval_rows"]
    return _render(
        task.template,
        task=task,
        settings=recipe.task,
        imported_from=Source(task.imported_from),
        reward=Source(reward_source(reward).rstrip("\n")) if reward else None,
        judge=reward not in ("", FUNCTION),
        arguments_class=Source(task.arguments),
        trainer_class=Source(task.trainer),
        model_class=Source(task.model_class),
        arguments=_arguments(resolved),
        reasons=_reasons(resolved),
        leaves_out=leaves_out,
        max_length=longest,
        tools=inspection.tools,
        ids=inspection.form == "token-ids",
        trainer_arguments={
            "model": Source("model"),
            **({"reward_funcs": Source("reward")} if reward else {}),
            "args": Source("args"),
            "train_dataset": Source(trained),
            "eval_dataset": Source(held_out),
            "processing_class": Source("tokenizer"),
            **({"compute_metrics": Source("scores")} if task.head == "classes" else {}),
            **_weighted(recipe.task),
            **(
                {"peft_config": Source("peft_config")}
                if task.library == "trl" and piece.hands_over_config
                else {}
            ),
            **piece.trainer,
        },
        load=_load(task, dtype, piece.load),
        wraps=wraps,
        before=Source(piece.before.strip("\n")),
        after=Source(piece.after.strip("\n")),
        run=recipe.run,
        looked_at=looked_at,
    )


def _weighted(settings: Any) -> dict[str, Source]:
    return {"compute_loss_func": Source("weighted_loss")} if getattr(settings, "class_weights", False) else {}


def _model(resolved: Resolved, offered: Offered | None) -> str:
    millions = resolved.shape.parameters / 1e6
    size = f"{millions / 1e3:.1f} billion" if millions >= 1e3 else f"{millions:.0f} million"
    about = f"{resolved.recipe.model.id}: {size} parameters"
    called = call_for(resolved.model_path)
    if resolved.model_path == STARTER_ID:
        about += "; fetched once, then kept on this machine"
    elif called:
        run = run_named(resolved.model_path)
        about = f"The model that the run {run!r} made, {size} parameters: whole, with what it learned inside."
    model_path = Source(called) if called else resolved.model_path
    template = _in_pieces(offered.template, 4) if offered else None
    return _render("model", model_path=model_path, about=about, ours=bool(called), template=template)


def _in_pieces(template: str, indent: int) -> Source:
    """A Jinja template as a literal, broken before its statements."""
    pad, lines = " " * (indent + 4), [""]
    for piece in re.split(r"(?=\{%)", template):
        if len(pad) + len(literal(lines[-1] + piece)) > WIDTH:
            lines.append("")
        lines[-1] += piece
    return Source("\n".join(["(", *(pad + literal(line) for line in lines if line), " " * indent + ")"]))


def _data(resolved: Resolved, inspection: Inspection) -> str:
    recipe = resolved.recipe
    if is_plain(inspection):
        return _render("data", **plain_values(recipe.data, inspection))
    longest = int(recipe.training.max_length)
    return _render("data", **prepared_values(recipe.data, inspection, recipe.task.name, longest))


def _method(resolved: Resolved) -> str:
    settings, task_type = resolved.recipe.method, TASKS[resolved.recipe.task.name].task_type
    reasons = {
        name.removeprefix("method."): reason
        for name, reason in resolved.reasons.items()
        if name.startswith("method.")
    }
    return str(METHODS[settings.name].cell(settings, reasons, task_type))


def write(
    resolved: Resolved, inspection: Inspection | None, offered: Offered | None = None
) -> dict[str, Cell]:
    """Write the cells of a recipe.

    Parameters
    ----------
    resolved
        The recipe without automatic values; their reasons become comments.
    inspection
        What the data is like, from which follows how plain its cell can be. None while there is no
        data yet: the cells that need some are left out then.
    offered
        The chat template for a model that has none.

    Returns
    -------
    dict
        The cells by step, in the order of :data:`~ftkit.cells.STEPS`.

    Raises
    ------
    CellError
        Where a cell would not be valid Python: nothing is handed over then.
    """
    run = resolved.recipe.run
    sources = {"model": _model(resolved, offered), "method": _method(resolved)}
    if inspection is not None:
        sources["data"] = _data(resolved, inspection)
        sources["train"] = _train(resolved, inspection)
        sources["compare"] = _render("compare", run=run, prompts=[FIRST_PROMPT])
    return {step: _checked(step, sources[step], run) for step in STEPS if step in sources}


def run_source(cells: Mapping[str, Cell], *, compare: bool = False) -> str:
    """All cells as one script, as ``ftkit cells`` prints it and ``ftkit run`` carries it out.

    Parameters
    ----------
    compare
        Whether the script also compares base and tuned model at its end.
    """
    steps = [step for step in STEPS if step in cells and (compare or step != "compare")]
    return "\n\n\n".join(f"# --- {step} ---\n{cells[step].source}" for step in steps) + "\n"
