"""Which program trains: TRL anywhere, Unsloth where it can, and why not otherwise."""

from __future__ import annotations

from ftkit.fields import Machine, ModelShape
from ftkit.methods import METHODS, Obstacle
from ftkit.recipe.tree import Recipe
from ftkit.tasks import TASKS

UNSLOTH_METHODS = ("lora", "rslora", "qlora", "lora-8bit")
"""Techniques that Unsloth's ``get_peft_model`` sets up with the same settings."""

UNSLOTH_TASKS = ("sft", "domain", "dpo", "orpo", "kto", "grpo")
"""Tasks whose trainers Unsloth documents."""

UNSLOTH_MODELS = {"llama", "mistral", "qwen2", "qwen3", "gemma", "gemma2", "gemma3_text", "smollm3"}
"""Model types with the layer names that its cell gives."""

VOLTA = (7, 0)
"""NVIDIA's number for the first generation of cards that Unsloth supports."""

_TRL = "Take the back end trl, which trains the same recipe."


def _listed(names: tuple[str, ...]) -> str:
    return f"{', '.join(names[:-1])} or {names[-1]}"


def why_not_unsloth(recipe: Recipe, machine: Machine, shape: ModelShape) -> Obstacle | None:
    """What keeps Unsloth from training a recipe on a machine, and the way out; None where nothing does."""
    technique, task = METHODS[recipe.method.name], TASKS[recipe.task.name]
    gpu = machine.gpu
    if gpu is None:
        return Obstacle("Unsloth needs an NVIDIA graphics card, and none was found here.", _TRL)
    if gpu.capability != (0, 0) and gpu.capability < VOLTA:
        return Obstacle(
            f"Unsloth needs an NVIDIA card of the Volta generation (2017) or newer; {gpu.name} is older.",
            _TRL,
        )
    if "unsloth" not in machine.packages:
        return Obstacle(
            "The package unsloth is not installed.",
            # Its own requirements may name an older TRL than ftkit's, and pip would then replace that one.
            "Run `pip install --no-deps unsloth unsloth_zoo`, so that your TRL stays as it is, and restart the "
            f"kernel. Or: {_TRL}",
        )
    if technique.id not in UNSLOTH_METHODS:
        offered = _listed(tuple(METHODS[name].label for name in UNSLOTH_METHODS))
        return Obstacle(f"Unsloth does not train with {technique.label}.", f"Choose {offered}. Or: {_TRL}")
    if task.id not in UNSLOTH_TASKS:
        return Obstacle(f"Unsloth has no trainer for this task: {task.title}.", _TRL)
    if shape.kind and shape.kind not in UNSLOTH_MODELS:
        return Obstacle(f"Models of the kind {shape.kind!r} are not known to work with Unsloth here.", _TRL)
    return None


def backend_obstacle(recipe: Recipe, machine: Machine, shape: ModelShape) -> Obstacle | None:
    """Why the chosen back end cannot be used, None where it can."""
    return why_not_unsloth(recipe, machine, shape) if recipe.training.backend == "unsloth" else None


def backend_reason(recipe: Recipe, machine: Machine, shape: ModelShape) -> str:
    """What to say beside the chosen back end."""
    obstacle = why_not_unsloth(recipe, machine, shape)
    if recipe.training.backend == "unsloth":
        return str(obstacle) if obstacle else "faster kernels for this graphics card, and less memory"
    if obstacle is None:
        return "Unsloth could be used here, too: faster, and it takes less memory"
    return f"Unsloth cannot be used here: {obstacle.why}"
