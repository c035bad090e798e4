"""From a recipe to its cells, outside any notebook."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ftkit import catalog, cells, data, hardware
from ftkit.cells.editing import set_follow
from ftkit.errors import CellError
from ftkit.methods import METHODS
from ftkit.recipe import Recipe, Resolved, resolve, rows_before
from ftkit.recipe.backend import backend_obstacle
from ftkit.recipe.cadence import EVALUATION_SHARE
from ftkit.recipe.chain import adapter_before, chain_obstacle
from ftkit.recipe.measured import measured_here
from ftkit.recipe.new_tokens import template_obstacle
from ftkit.recipe.resolve import longest_allowed
from ftkit.recipe.suits import unsuited
from ftkit.tasks import TASKS
from ftkit.tasks.multi_task import other_choices

if TYPE_CHECKING:
    from ftkit.data import Inspection


@dataclass(frozen=True)
class Plan:
    """A recipe, what was found out for it, and the cells that carry it out.

    Attributes
    ----------
    recipe
        What was chosen.
    resolved
        The recipe without automatic values, with their reasons.
    inspection
        What the data holds.
    cells
        By step, in order.
    """

    recipe: Recipe
    resolved: Resolved
    inspection: Inspection
    cells: dict[str, cells.Cell]

    def duration(self) -> str:
        """How long the training will take, roughly, such as ``64 steps, about 4 minutes (as measured in pirate-1)``."""
        resolved = self.resolved
        tokens = resolved.tokens_a_step
        measured = measured_here(self.recipe, resolved.machine)
        step = measured or hardware.time_estimate(
            resolved.shape, resolved.recipe.method.name, resolved.machine, tokens
        )
        seconds = step.value * resolved.total_steps / (1 - EVALUATION_SHARE)
        how_long = (
            f"{seconds / 60:.0f} minutes" if seconds > 90 else "a minute" if seconds > 30 else "half a minute"
        )
        source = f" ({measured.reason})" if measured else ""
        return f"{resolved.length}, about {how_long}{source}"

    def needs(self) -> str:
        """The time and the disk that the training takes, roughly, and the disk that is free."""
        disk, free = self.resolved.disk_needed / 1e9, self.resolved.machine.disk_free / 1e9
        return f"{self.duration()}, up to {disk:.1f} GB of disk ({free:.1f} GB are free)"


def plan(recipe: Recipe) -> Plan:
    """Look at model, data and machine, and write the cells.

    Raises
    ------
    FtkitError
        Where the model or the data cannot be had or read.
    """
    found = catalog.find(recipe.model.id)
    if obstacle := unsuited(recipe, found.shape):
        raise CellError(obstacle.why, obstacle.remedy)
    before = adapter_before(recipe)
    if obstacle := chain_obstacle(recipe, before, found.shape):
        raise CellError(obstacle.why, obstacle.remedy)
    choice = recipe.data
    task, machine = recipe.task.name, hardware.this_machine()
    inspection = data.inspect_choice(choice, task)
    folder = catalog.tokenizer_folder(recipe.model.id)
    facts = data.facts_of(
        choice,
        task,
        folder,
        max_length=longest_allowed(recipe, machine),
        skipped=inspection.rows - inspection.usable,
    )
    for other in other_choices(choice, recipe.task):
        facts = facts.together(data.facts_of(other, "sft", folder))
    technique, chosen = METHODS[recipe.method.name], TASKS[task]
    if obstacle := chosen.obstacle(recipe.task, recipe.training):
        raise CellError(obstacle.why, obstacle.remedy)
    if obstacle := technique.hindrance(recipe.method, found.shape, machine) or chosen.refuses(
        technique, recipe.method
    ):
        raise CellError(f"{technique.label} cannot be used here. {obstacle.why}", obstacle.remedy)
    if obstacle := backend_obstacle(recipe, machine, found.shape):
        raise CellError(obstacle.why, obstacle.remedy)
    offered = data.offered_template(folder, recipe.data.chat_template)
    if obstacle := template_obstacle(recipe, offered, found.shape):
        raise CellError(obstacle.why, obstacle.remedy)
    base = before.base if before else catalog.in_cell(found)
    resolved = resolve(recipe, machine, facts, found.shape, base, offered, rows_before(recipe))
    return Plan(recipe, resolved, inspection, cells.write(resolved, inspection, offered))


def training_source(made: Plan, existing: str = "ask") -> str:
    """The cells that train, as one script.

    Parameters
    ----------
    made
        The plan.
    existing
        What ``ftkit.follow`` is to do with a run of that name: ``ask``, ``resume`` or ``overwrite``.
    """
    written = dict(made.cells)
    if existing != "ask":
        train = written["train"]
        written["train"] = cells.Cell("train", set_follow(train.source, existing=existing), train.run)
    return cells.run_source(written)
