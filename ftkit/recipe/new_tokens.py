"""Tokens that a chat template adds to a model: the weights that train with them, and whether they can."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ftkit.catalog.shapes import LLAMA_LIKE
from ftkit.fields import ModelShape
from ftkit.methods import METHODS, Obstacle
from ftkit.recipe.tree import Recipe
from ftkit.tasks import TASKS

if TYPE_CHECKING:
    from ftkit.data import Offered

TAUGHT = ("sft", "preference", "unpaired")
"""Forms of rows that hold the answers, so that the new tokens stand in what is learned."""
NO_CONVERSATIONS = ("domain", "classification", "stepwise")
"""Forms of rows that no chat template is put around."""
_PLAIN = "set the chat template to plain, which adds none."


def added_rows(offered: Offered | None, shape: ModelShape) -> int:
    """Rows that the model gets; 0 where it has enough to spare."""
    return max(0, offered.rows - shape.vocabulary) if offered and offered.new_tokens else 0


def new_weights(recipe: Recipe, offered: Offered | None, shape: ModelShape) -> int:
    """Weights that train besides the technique's own, because tokens are added."""
    kind = METHODS[recipe.method.name].new_tokens
    rows = added_rows(offered, shape) if kind == "all" else len(offered.new_tokens) if offered and kind else 0
    return rows * shape.hidden * (1 if shape.tied_embeddings else 2)


def kept_beside(recipe: Recipe, offered: Offered | None, shape: ModelShape) -> int:
    """Weights that each checkpoint holds besides what trains: PEFT keeps all rows of a vocabulary that has grown."""
    rows = METHODS[recipe.method.name].new_tokens == "rows" and added_rows(offered, shape)
    return 2 * (shape.vocabulary + rows) * shape.hidden if rows else 0


def template_obstacle(recipe: Recipe, offered: Offered | None, shape: ModelShape) -> Obstacle | None:
    """Why the chosen chat template cannot be used, and the way out; None where it can.

    Parameters
    ----------
    offered
        What the model gets; None where it has a template of its own.
    """
    if recipe.data.chat_template == "plain":
        return None
    task, technique = TASKS[recipe.task.name], METHODS[recipe.method.name]
    if offered is None:
        return Obstacle(
            "The model has a chat template of its own, which it was trained with.",
            "Set the chat template to plain: then its own is used.",
        )
    if task.form in NO_CONVERSATIONS:
        return Obstacle("This task's texts are no conversations.", "Set the chat template to plain.")
    if not offered.new_tokens:
        return None
    tokens = " and ".join(offered.new_tokens)
    if task.form not in TAUGHT or task.head != "words":
        return Obstacle(
            f"The model does not know {tokens} yet, and this task does not teach them.",
            f"Teach it answers first (task sft) and go on from that run, or {_PLAIN}",
        )
    if recipe.training.backend == "unsloth":
        return Obstacle(
            f"With Unsloth the new tokens {tokens} are not learned here.", f"Take trl, or {_PLAIN}"
        )
    able = ", ".join(one.label for one in METHODS.values() if one.new_tokens)
    if not technique.new_tokens:
        return Obstacle(
            f"{technique.label} cannot learn the new tokens {tokens}.", f"Take one of {able}, or {_PLAIN}"
        )
    if technique.new_tokens == "all" and task.measures:
        return Obstacle(
            "The model that this task measures against would be loaded without the new tokens.",
            f"Take LoRA, or teach it answers first (task sft) and go on from that run, or {_PLAIN}",
        )
    if technique.new_tokens == "rows" and shape.kind and shape.kind not in LLAMA_LIKE:
        return Obstacle(
            f"Where a model of the kind {shape.kind!r} keeps its tokens is not known here.",
            f"Train all weights, or {_PLAIN}",
        )
    return None
