"""Going on with another run's adapter: the settings that it brings along, and whether it can be."""

from __future__ import annotations

from typing import Any

from ftkit.catalog import EIGHT_BITS, Continued, continued, packed_bits, run_named
from ftkit.fields import ModelShape, role_of
from ftkit.methods import METHODS, Obstacle
from ftkit.recipe.tree import Recipe
from ftkit.tasks import TASKS

CONTINUE = "continue"
_MERGE = "Set “Going on from a run” to merge: a new adapter then starts on the model that the run made."


def goes_on(recipe: Recipe) -> bool:
    """Whether the recipe trains another run's adapter on."""
    return bool(recipe.model.chain == CONTINUE)


def adapter_before(recipe: Recipe) -> Continued | None:
    """The adapter that a recipe trains on; None where it starts one of its own.

    Raises
    ------
    ModelError
        Where the run that it names has none that could go on.
    """
    return continued(str(run_named(recipe.model.id))) if goes_on(recipe) else None


def method_of(before: Continued, shape: ModelShape) -> dict[str, Any]:
    """The technique and its settings that an adapter was made with, as a recipe has them.

    Parameters
    ----------
    before
        The adapter.
    shape
        The base's.
    """
    settings = before.settings
    name = {4: "qlora", 8: "lora-8bit"}.get(before.bits or 0, "lora")
    name = "dora" if settings.get("use_dora") else "rslora" if settings.get("use_rslora") else name
    names = _layers(settings.get("target_modules"), shape)
    every = names == ["all-linear"] or set(names) == set(shape.linear_layers())
    return {
        "name": name,
        "r": settings.get("r"),
        "lora_alpha": settings.get("lora_alpha"),
        "lora_dropout": settings.get("lora_dropout"),
        "target_modules": "all-linear" if every else names,
    }


def _layers(names: Any, shape: ModelShape) -> list[str]:
    """The layers that an adapter stands beside, by the names of one block; PEFT may write out those of every block."""
    if isinstance(names, str):
        return [names]
    written = sorted(names or ())
    short = sorted({role_of(name.rpartition(".")[2]) for name in written})
    in_every_block = len(written) in (len(short), shape.layers * len(short))
    return short if in_every_block else written


def chain_obstacle(recipe: Recipe, before: Continued | None, shape: ModelShape) -> Obstacle | None:
    """Why a recipe cannot go on from a run as it says, and the way out; None where it can.

    Parameters
    ----------
    before
        The adapter that trains on; None where a new one starts.
    """
    if before is None:
        run = run_named(recipe.model.id)
        if run is None or packed_bits(run) != 8:
            return None
        return Obstacle(
            f"What the run {run!r} learned cannot be merged: {EIGHT_BITS}.",
            "Set “Going on from a run” to continue: its own adapter then trains on. Or train that step again with QLoRA.",
        )
    task, technique = TASKS[recipe.task.name], METHODS[recipe.method.name]
    if task.head != "words":
        return Obstacle("The adapter belongs to a model that writes, and this task's model judges.", _MERGE)
    if recipe.training.backend == "unsloth":
        return Obstacle(
            "Unsloth puts on an adapter of its own.",
            f"Take the back end trl. Or: {_MERGE[0].lower()}{_MERGE[1:]}",
        )
    brought = method_of(before, shape)
    known = METHODS[brought["name"]]
    if technique.id != known.id:
        return Obstacle(
            f"The adapter of the run {before.run!r} was made with {known.label}, not with {technique.label}.",
            f"Choose {known.label}. Or: {_MERGE[0].lower()}{_MERGE[1:]}",
        )
    # The form's own words for them, such as an alpha that follows from the rank.
    chosen = technique.resolve(recipe.method)[0].model_dump()
    other = {name: value for name, value in brought.items() if not _same(chosen[name], value)}
    if other:
        listed = ", ".join(f"{name}: {value}" for name, value in other.items())
        return Obstacle(
            f"The adapter of the run {before.run!r} has settings of its own, which stay as they are.",
            f"Set under Method {listed}. Or: {_MERGE[0].lower()}{_MERGE[1:]}",
        )
    return None


def _same(chosen: Any, brought: Any) -> bool:
    return sorted(chosen) == brought if isinstance(chosen, list) else bool(chosen == brought)
