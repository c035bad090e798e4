"""The train cell: the model loaded, the arguments that matter with their reasons, the trainer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ftkit.catalog import run_named
from ftkit.cells.chained import loading_source
from ftkit.cells.model_cell import packed_model
from ftkit.cells.rendering import render
from ftkit.fields import EncoderShape, Source, call, literal
from ftkit.methods import METHODS, InTrainCell
from ftkit.recipe import Recipe, Resolved
from ftkit.recipe.chain import goes_on
from ftkit.tasks import TASKS, Task
from ftkit.tasks.multi_task import mixture
from ftkit.tasks.rewards import FUNCTION, reward_source

if TYPE_CHECKING:
    from ftkit.data import Inspection


def whole(number: float) -> float:
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
        "warmup_steps": whole(float(training.warmup_steps)),
        "weight_decay": training.weight_decay,
        "num_train_epochs": whole(training.num_train_epochs),
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


def train_source(resolved: Resolved, inspection: Inspection, *, range_test: bool = False) -> str:
    """The source of the train cell, or of the one that tries learning rates.

    Parameters
    ----------
    resolved, inspection
        As for :func:`ftkit.cells.write`.
    range_test
        Whether a test of learning rates stands in place of the training.
    """
    recipe = resolved.recipe
    task, technique = TASKS[recipe.task.name], METHODS[recipe.method.name]
    piece = technique.in_train(recipe.method)
    before = run_named(recipe.model.id) if goes_on(recipe) else None
    # Where the model's own weights train, they stay in full precision also where bf16 computes: small steps
    # would be lost in the rounding of half-precision ones.
    half = resolved.bf16 and technique.adapter and not technique.whole_numbers
    dtype = "bfloat16" if half else "float32"
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
    return render(
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
                if task.package == "trl" and piece.hands_over_config and not unsloth and not before
                else {}
            ),
            **piece.trainer,
        },
        load=_load(task, dtype, {**piece.load, **faster}, why_faster),
        wraps=wraps,
        **about_encoder(resolved),
        before=Source(piece.before.strip("\n")),
        after=Source("\n\n".join(filter(None, [piece.after.strip("\n"), _head_in_full(task, piece)]))),
        run=recipe.run,
        pads=task.pads and resolved.shape.writes,
        **_new_tokens(resolved),
        adapter=loading_source(task.id, before) if before else None,
        continues=before,
        follow=_follow(recipe, before),
        early_stopping=recipe.training.early_stopping,
        looked_at=looked_at,
    )


def _head_in_full(task: Task, piece: InTrainCell) -> str:
    """A line for the new head over packed weights, which TRL rounds to half precision as it does the adapter."""
    if task.package != "trl" or task.head != "score" or "quantization_config" not in piece.load:
        return ""
    return (
        "# TRL keeps what trains over packed weights in half precision; the new head reads full numbers.\n"
        "trainer.model.score.float()"
    )


def _follow(recipe: Recipe, before: str | None) -> Source:
    """Our own line."""
    found: dict[str, Any] = {"0": Source("trainer"), "run": recipe.run}
    if before:
        found["continues"] = before
    if recipe.training.early_stopping:
        found["early_stopping"] = True
    return call("ftkit.follow", found, before="")


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


def _new_tokens(resolved: Resolved) -> dict[str, Any]:
    """What the tokens that a chat template adds need: rows in the model, and that these train."""
    rows = None
    if resolved.new_tokens and METHODS[resolved.recipe.method.name].new_tokens == "rows":
        both = '{"embed_tokens": new_ids, "lm_head": new_ids}'
        rows = Source("new_ids" if resolved.shape.tied_embeddings else both)
    return {"added_rows": resolved.added_rows, "token_rows": rows}


def about_encoder(resolved: Resolved) -> dict[str, list[str]]:
    """Arguments of the adapter that follow from the model being an encoder."""
    shape, settings = resolved.shape, resolved.recipe.method
    if not isinstance(shape, EncoderShape) or not METHODS[settings.name].config:
        return {"kept_whole": [], "left_out": []}
    names = getattr(settings, "target_modules", ())
    left_out = shape.left_out(names) if isinstance(names, list) else ()
    return {"kept_whole": list(shape.above_the_blocks()), "left_out": list(left_out)}
