"""From a resolved recipe to the cells: plain code with the arguments that matter, and why."""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ftkit.catalog import STARTER_ID, run_named
from ftkit.cells.data_cell import is_plain, other_calls, plain_values, prepared_values
from ftkit.cells.reading import call_for, packed_model
from ftkit.cells.steps import STEPS, Cell
from ftkit.errors import CellError
from ftkit.fields import EncoderShape, ModelShape, Source, assign, call, comment, literal
from ftkit.fields.source import WIDTH
from ftkit.methods import METHODS
from ftkit.recipe import Resolved
from ftkit.tasks import TASKS, Task
from ftkit.tasks.multi_task import mixture
from ftkit.tasks.rewards import FUNCTION, reward_source

if TYPE_CHECKING:
    from jinja2 import Environment

    from ftkit.data import Inspection, Offered

ASKED = ("Ask questions of your own: add them to the list.", "Who are you?")
OTHERWISE_ASKED = {
    "classification": ("Have texts of your own judged: add them to the list.", "Hello, I have a question."),
    "domain": ("Give it beginnings of your own: it goes on with them.", "It is important to"),
}
"""What the comparison invites to, and with what it begins, by the form of the rows."""


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
    if resolved.examples_a_row > 1:
        wanted |= {"packing": True, "eval_packing": False}
    for name in ("use_liger_kernel", "torch_compile"):
        if getattr(resolved, name):
            wanted[name] = True
    if resolved.backend == "unsloth" and not resolved.bf16:
        wanted["fp16"] = True
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
    reasons["packing"] = resolved.reasons["derived.examples_a_row"]
    reasons["eval_packing"] = "held-out examples keep their own, so that each one's loss is known"
    reasons["fp16"] = "what Unsloth computes in on a card of this generation"
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


def _load(task: Task, dtype: str, more: Mapping[str, Any], reasons: Mapping[str, str]) -> Source:
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
        return Source(target + call(name, arguments, reasons))
    shown = ", ".join(
        f"{'' if key == '0' else key + '='}{literal(value)}" for key, value in arguments.items()
    )
    return Source(f"{target}{name}(\n    {shown}\n)")


RANGE_TEST_LEAVES_OUT = (
    *("lr_scheduler_type", "warmup_steps", "num_train_epochs", "max_steps", "logging_steps"),
    *("eval_strategy", "eval_steps", "eval_on_start", "per_device_eval_batch_size"),
    *("save_steps", "save_total_limit", "load_best_model_at_end", "eval_packing"),
)
"""Arguments that a learning-rate range test sets itself."""


def _train(resolved: Resolved, inspection: Inspection, *, range_test: bool = False) -> str:
    recipe = resolved.recipe
    task, technique = TASKS[recipe.task.name], METHODS[recipe.method.name]
    piece = technique.in_train(recipe.method)
    # Where the model's own weights train, they stay in full precision also where bf16 computes: small steps
    # would be lost in the rounding of half-precision ones.
    dtype = "bfloat16" if resolved.bf16 and technique.adapter else "float32"
    longest = int(recipe.training.max_length)
    leaves_out = resolved.facts.longest > longest and task.form not in ("domain", "classification")
    rows = "fitting" if leaves_out else "tokens" if task.head == "classes" else "data"
    mixed = mixture(recipe.data.source, recipe.task)
    if mixed:
        rows = "mixed"
    wraps = task.package == "transformers" and bool(technique.config) and piece.hands_over_config
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
    arguments = _arguments(resolved)
    if range_test:
        arguments = {name: value for name, value in arguments.items() if name not in RANGE_TEST_LEAVES_OUT}
    unsloth = resolved.backend == "unsloth"
    faster = (
        {}
        if resolved.attn_implementation == "sdpa"
        else {"attn_implementation": resolved.attn_implementation}
    )
    why_faster = {name: resolved.reasons[f"derived.{name}"] for name in faster}
    return _render(
        "train_unsloth" if unsloth else task.template,
        range_test=range_test,
        unsloth=_unsloth(resolved) if unsloth else {},
        task=task,
        settings=recipe.task,
        imported_from=Source(task.imported_from),
        reward=Source(reward_source(reward).rstrip("\n")) if reward else None,
        judge=reward not in ("", FUNCTION),
        tasks=_tasks(list(mixed)),
        weights={name: weight for name, (_, weight) in mixed.items()},
        seed=recipe.data.split_seed,
        arguments_class=Source(task.arguments),
        trainer_class=Source(task.trainer),
        model_class=Source(task.model_class),
        also=Source("" if task.head == "words" else ", set_seed"),
        training_seed=recipe.training.seed,
        arguments=arguments,
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
            **({} if range_test else {"eval_dataset": Source(held_out)}),
            "processing_class": Source("tokenizer"),
            **({"compute_metrics": Source("scores")} if task.head == "classes" else {}),
            **_weighted(recipe.task),
            **(
                {"peft_config": Source("peft_config")}
                if task.package == "trl" and piece.hands_over_config and not unsloth
                else {}
            ),
            **piece.trainer,
        },
        load=_load(task, dtype, {**piece.load, **faster}, why_faster),
        wraps=wraps,
        **_about_encoder(resolved),
        before=Source(piece.before.strip("\n")),
        after=Source(piece.after.strip("\n")),
        run=recipe.run,
        looked_at=looked_at,
    )


def _unsloth(resolved: Resolved) -> dict[str, Any]:
    """What Unsloth's ``from_pretrained`` and ``get_peft_model`` are given, each with the reasons."""
    recipe, method = resolved.recipe, resolved.recipe.method.name
    bits = {"qlora": 4, "lora-8bit": 8}.get(method)
    packed = method == "qlora" and packed_model(resolved.model_path)
    load: dict[str, Any] = {
        "0": Source("packed_path" if packed else "model_path"),
        "max_seq_length": _longest_text(resolved),
        "load_in_4bit": Source("quantization_config.load_in_4bit") if bits == 4 else False,
        **({"load_in_8bit": Source("quantization_config.load_in_8bit")} if bits == 8 else {}),
        "use_exact_model_name": True,
        "use_gradient_checkpointing": "unsloth" if resolved.activation_checkpointing else False,
        "use_safetensors": True,
    }
    names = ("r", "lora_alpha", "lora_dropout", "use_rslora")
    adapter = {
        "0": Source("model"),
        "target_modules": Source("sorted(layers)"),
        **{name: Source(f"peft_config.{name}") for name in names},
        "use_gradient_checkpointing": load["use_gradient_checkpointing"],
        "random_state": recipe.training.seed,
    }
    reasons = {
        "use_exact_model_name": "this very model, not the copy that Unsloth would take instead",
        "random_state": "the seed of what is drawn at random",
    }
    return {
        "load": load,
        "adapter": adapter,
        "reasons": reasons,
        "layers": list(resolved.shape.linear_layers()),
        "patches_dpo": recipe.task.name == "dpo",
    }


def _longest_text(resolved: Resolved) -> int:
    """Tokens of the longest text that the model will read or write in training."""
    sampling = TASKS[resolved.recipe.task.name].sampling(resolved.recipe.task)
    return int(resolved.recipe.training.max_length) + (sampling.tokens if sampling else 0)


def _tasks(names: list[str]) -> Source:
    """The examples of all tasks by name: ``data``, and what the data cell has made of the others."""
    return Source(f"{{{literal(names[0])}: data, **others}}" if names else "{}")


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
    # What a text's class is needs no conversation.
    asked = TASKS[resolved.recipe.task.name].head != "classes"
    template = _in_pieces(offered.template, 4) if offered and asked else None
    unsloth = resolved.backend == "unsloth"
    packed = packed_model(resolved.model_path) if resolved.recipe.method.name == "qlora" else None
    return _render(
        "model",
        model_path=model_path,
        about=about,
        ours=bool(called),
        unsloth=unsloth,
        packed=packed if unsloth else None,
        template=template,
    )


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
    others = other_calls(recipe.data, mixture(recipe.data.source, recipe.task))
    if is_plain(inspection):
        return _render("data", others=others, **plain_values(recipe.data, inspection))
    longest = int(recipe.training.max_length)
    task = "sft" if others else recipe.task.name
    return _render("data", others=others, **prepared_values(recipe.data, inspection, task, longest))


def _method(resolved: Resolved) -> str:
    settings, task_type = resolved.recipe.method, TASKS[resolved.recipe.task.name].task_type
    reasons = {
        name.removeprefix("method."): reason
        for name, reason in resolved.reasons.items()
        if name.startswith("method.")
    }
    return str(METHODS[settings.name].cell(_as_named(settings, resolved.shape), reasons, task_type))


def _as_named(settings: Any, shape: ModelShape) -> Any:
    """A technique's settings with the layers called as the model's own modules are."""
    if not isinstance(shape, EncoderShape):
        return settings
    changed = {}
    for field in ("target_modules", "feedforward_modules"):
        names = getattr(settings, field, None)
        if isinstance(names, list):
            changed[field] = [shape.layer_name(name) for name in names]
    return settings.model_copy(update=changed)


def _about_encoder(resolved: Resolved) -> dict[str, list[str]]:
    """Arguments of the adapter that follow from the model being an encoder."""
    shape, settings = resolved.shape, resolved.recipe.method
    if not isinstance(shape, EncoderShape) or not METHODS[settings.name].config:
        return {"kept_whole": [], "left_out": []}
    names = getattr(settings, "target_modules", ())
    left_out = shape.left_out(names) if isinstance(names, list) else ()
    return {"kept_whole": list(shape.above_the_blocks()), "left_out": list(left_out)}


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
        form = TASKS[resolved.recipe.task.name].form
        invites, first = OTHERWISE_ASKED.get(form, ASKED)
        sources["compare"] = _render("compare", run=run, prompts=[first], invites=invites)
    return {step: _checked(step, sources[step], run) for step in STEPS if step in sources}


def write_range_test(resolved: Resolved, inspection: Inspection) -> Cell:
    """Write the cell that tries learning rates: the train cell's trainer, with a test in place of the training.

    Parameters
    ----------
    resolved, inspection
        As for :func:`write`.

    Raises
    ------
    CellError
        Where the task has a train cell of its own that no test can take the place of.
    """
    cell = _checked("rate", _train(resolved, inspection, range_test=True), resolved.recipe.run)
    if "ftkit.find_learning_rate(" not in cell.source:
        raise CellError(
            "For this task no learning rates can be tried.", "Start with the rate that is chosen for you."
        )
    return cell


def run_source(cells: Mapping[str, Cell], *, compare: bool = False) -> str:
    """All cells as one script, as ``ftkit cells`` prints it and ``ftkit run`` carries it out.

    Parameters
    ----------
    compare
        Whether the script also compares base and tuned model at its end.
    """
    steps = [step for step in STEPS if step in cells and (compare or step != "compare")]
    return "\n\n\n".join(f"# --- {step} ---\n{cells[step].source}" for step in steps) + "\n"
