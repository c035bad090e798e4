"""What the trainer really got, whatever form and recipe said."""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Mapping
from typing import Any

from ftkit.adapters.either import adapter_config, base_of
from ftkit.errors import DataError, RecipeError
from ftkit.fields import AUTO, role_of
from ftkit.methods import METHODS
from ftkit.recipe import Recipe, recipe_from_yaml
from ftkit.runfolder import RunFolder
from ftkit.runfolder.as_trained import as_trained
from ftkit.tasks import TASKS, Task
from ftkit.tasks.multi_task import data_sets

TOKEN_COLUMNS = ("input_ids", "labels", "prompt_ids", "chosen_ids", "rejected_ids")
"""Columns of a prepared dataset that hold what a model reads and learns."""


def recipe_or_why(folder: RunFolder) -> tuple[Recipe | None, str]:
    """The run's recipe, or why there is none."""
    try:
        text = folder.recipe_text()
        if not text:
            return None, "The run has no recipe.yaml: it was not written by the wizard or `ftkit run`."
        return recipe_from_yaml(text), ""
    except RecipeError as error:
        return None, f"recipe.yaml cannot be used. {error}"


def arguments(args: Any) -> dict[str, Any]:
    """All arguments of the trainer, secrets left out."""
    return {name: value for name, value in args.to_dict().items() if not name.endswith("_token")}


def own_loss(trainer: Any) -> str | None:
    """The name of the function that reckons the loss in the trainer's place; None where the trainer's own does."""
    function = getattr(trainer, "compute_loss_func", None)
    return None if function is None else str(getattr(function, "__name__", type(function).__name__))


def changed_arguments(args: Any) -> list[str]:
    """Names of the arguments that differ from their class's defaults."""
    found = []
    for field in dataclasses.fields(args):
        if field.default is not dataclasses.MISSING:
            default = field.default
        elif field.default_factory is not dataclasses.MISSING:
            default = field.default_factory()
        else:
            default = None
        if field.init and not field.name.endswith("_token") and getattr(args, field.name) != default:
            found.append(field.name)
    return sorted(found)


def _packing(base: Any) -> dict[str, Any] | None:
    """How the base's weights are packed, as ``BitsAndBytesConfig`` reads it; None where they are not."""
    config = getattr(base.config, "quantization_config", None)
    if config is None:
        return None
    return {
        key: value
        for key, value in (config if isinstance(config, dict) else config.to_dict()).items()
        if not key.startswith("_") and value is not None
    }


def _labels(base: Any) -> list[str] | None:
    """The classes of a classifier in the order of its outputs; None for a model that writes."""
    if not type(base).__name__.endswith("ForSequenceClassification"):
        return None
    return [str(base.config.id2label[number]) for number in range(base.config.num_labels)]


def model_facts(model: Any) -> dict[str, Any]:
    """Where the base came from and how much of it trains."""
    base = base_of(model)
    parameters = list(model.parameters())
    return {
        "path": str(getattr(base.config, "_name_or_path", "") or ""),
        "revision": getattr(base.config, "_commit_hash", None),
        "class": type(base).__name__,
        "dtype": str(next(base.parameters()).dtype).removeprefix("torch."),
        "quantization": _packing(base),
        "labels": _labels(base),
        "parameters": sum(parameter.numel() for parameter in parameters),
        "trainable": sum(parameter.numel() for parameter in parameters if parameter.requires_grad),
    }


def content_hash(dataset: Any) -> str | None:
    """A hash of the tokens and labels that a prepared dataset holds, in its order; None for other data."""
    here = getattr(dataset, "column_names", None) or []
    columns = [name for name in TOKEN_COLUMNS if name in here]
    if not columns or not hasattr(dataset, "with_format") or not hasattr(dataset, "__len__"):
        return None
    found = hashlib.sha256()
    for batch in dataset.select_columns(columns).with_format("arrow").iter(1000):
        for column in columns:
            for chunk in batch[column].chunks:
                if not hasattr(chunk, "value_lengths"):  # one number a row, such as a class
                    found.update(chunk.to_numpy(zero_copy_only=False).tobytes())
                    continue
                found.update(chunk.value_lengths().to_numpy(zero_copy_only=False).tobytes())
                found.update(chunk.flatten().to_numpy(zero_copy_only=False).tobytes())
    return found.hexdigest()


def data_facts(dataset: Any) -> Any:
    """Rows and content of a prepared dataset, or of several by name."""
    if dataset is None:
        return None
    if isinstance(dataset, Mapping):
        return {name: data_facts(part) for name, part in dataset.items()}
    rows = len(dataset) if hasattr(dataset, "__len__") else None
    return {"rows": rows, "content": content_hash(dataset)}


def data_files(recipe: Recipe | None) -> tuple[dict[str, str], list[str]]:
    """The hash of every file of a recipe's data sets, and notes about those that cannot be read."""
    from ftkit.data import source_hash

    files: dict[str, str] = {}
    notes: list[str] = []
    for choice in data_sets(recipe.data, recipe.task).values() if recipe is not None else ():
        if not choice.source:
            continue
        try:
            files |= {str(path): value for path, value in source_hash(choice.source).items()}
        except DataError as error:
            notes.append(f"The data files could not be read again. {error}")
    return files, notes


def adapts_every_layer(model: Any) -> bool:
    """Whether no linear layer but the output head was left without an adapter."""
    import torch

    head = base_of(model).get_output_embeddings()
    return not any(
        isinstance(module, torch.nn.Linear)
        and module is not head
        and "lora_" not in name
        # What is new, or kept whole beside the adapter, is no layer that one was wanted for.
        and not {"original_module", "modules_to_save"} & set(name.split("."))
        and not name.endswith("base_layer")
        for name, module in base_of(model).named_modules()
    )


def task_of(trainer: Any, recipe: Recipe | None) -> Task | None:
    """The task that is being trained; without a recipe, the first one with a trainer of this class."""
    if recipe is not None:
        return TASKS[recipe.task.name]
    names = {one.__name__ for one in type(trainer).__mro__}
    return next((task for task in TASKS.values() if task.trainer in names), None)


def _stated_trainable(recipe: Recipe, model: Any) -> int | None:
    """How many weights the recipe's technique trains of this model; None where that is not known exactly."""
    from ftkit.catalog.shapes import LLAMA_LIKE, shape_from_config

    writes = type(model).__name__.endswith("ForCausalLM")
    if not writes or model.config.model_type not in LLAMA_LIKE or _packing(model):
        return None
    shape = shape_from_config(model.config.to_dict(), "this model")
    return METHODS[recipe.method.name].trainable(recipe.method, shape)


def differences(recipe: Recipe, args: Any, model: Any) -> list[dict[str, Any]]:
    """Where the cell trained with something else than the recipe says; ``auto`` takes anything."""
    adapter = adapter_config(model)
    pairs: dict[str, tuple[Any, Any]] = {}
    for name, chosen in recipe.training.model_dump().items():
        if name == "batch_size" and getattr(args, "packing", False):
            continue  # counted in rows there, each of several examples
        if name == "batch_size":
            real: Any = args.train_batch_size * args.gradient_accumulation_steps * args.world_size
        elif name == "max_steps":
            chosen, real = chosen or -1, args.max_steps
        elif hasattr(args, name):
            real = getattr(args, name)
        else:
            continue
        pairs[f"training.{name}"] = (chosen, getattr(real, "value", real))
    for name, chosen in recipe.method.model_dump().items():
        if adapter is not None and name in adapter and name != "name":
            # PEFT writes out what "all-linear" stands for.
            every = chosen == "all-linear" and adapts_every_layer(model)
            pairs[f"method.{name}"] = (chosen, chosen if every else adapter[name])
    if adapter is None and (stated := _stated_trainable(recipe, model)) is not None:
        # Such a technique's settings stand in the cell's own code: the number of weights tells whether it was changed.
        pairs["method.trainable"] = (stated, model_facts(model)["trainable"])
    return [
        {"field": path, "recipe": chosen, "actual": real}
        for path, (chosen, real) in pairs.items()
        if chosen != AUTO and chosen is not None and _comparable(chosen) != _comparable(real)
    ]


def _comparable(value: Any) -> Any:
    if not isinstance(value, set | list | tuple):
        return value
    return sorted(role_of(one) if isinstance(one, str) else one for one in value)


def actual(trainer: Any, model: Any, state: Any, folder: RunFolder) -> dict[str, Any]:
    """What ``actual.json`` holds.

    Parameters
    ----------
    trainer, model
        As they are about to train.
    state
        The trainer's state, for the number of steps.
    folder
        The run, for its recipe.
    """
    args = trainer.args
    adapter = adapter_config(model)
    recipe, note = recipe_or_why(folder)
    notes = [note] if note else []
    files, unread = data_files(recipe)
    notes += unread
    return {
        "trainer": type(trainer).__name__,
        "total_steps": state.max_steps,
        "warmup_steps": args.get_warmup_steps(state.max_steps),
        "epochs": state.num_train_epochs if args.max_steps > 0 else args.num_train_epochs,
        "model": model_facts(model),
        "data": {"train": data_facts(trainer.train_dataset), "eval": data_facts(trainer.eval_dataset)},
        "data_files": files,
        "differences": differences(recipe, args, model) if recipe is not None else [],
        "changed_arguments": changed_arguments(args),
        "peft_config": adapter,
        "arguments": arguments(args),
        "own_loss": own_loss(trainer),
        "notes": notes,
    }


def recipe_tree(recipe: Recipe | None, facts: Mapping[str, Any]) -> dict[str, Any] | None:
    """The recipe as plain data with what the training really has."""
    return None if recipe is None else as_trained(recipe.model_dump(), facts)
