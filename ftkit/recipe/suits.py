"""Whether a model can be used for what a recipe wants."""

from __future__ import annotations

from ftkit.fields import EncoderShape, ModelShape
from ftkit.methods import Obstacle
from ftkit.recipe.tree import Recipe
from ftkit.tasks import TASKS


def room_for_text(recipe: Recipe, shape: ModelShape) -> int | None:
    """Tokens of a text that a model can read beside what the technique puts before it; None where nothing limits it."""
    if not isinstance(shape, EncoderShape):
        return None
    return shape.longest - int(getattr(recipe.method, "num_virtual_tokens", 0))


def unsuited(recipe: Recipe, shape: ModelShape) -> Obstacle | None:
    """Why a model cannot be used for a recipe, None where it can."""
    if obstacle := TASKS[recipe.task.name].unsuited(shape):
        return obstacle
    room, chosen = room_for_text(recipe, shape), recipe.training.max_length
    if room is None or not isinstance(chosen, int) or chosen <= room:
        return None
    return Obstacle(
        f"This model reads at most {room} tokens of a text, and the longest example may have {chosen}.",
        "Set the longest example to 'auto': longer texts are cut.",
    )
