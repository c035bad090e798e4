"""Runs that follow from one another: the picture of a chain, and what may come next."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ftkit import catalog
from ftkit.catalog.from_runs import PREFIX
from ftkit.errors import FtkitError
from ftkit.methods import METHODS
from ftkit.recipe import Recipe, from_presets
from ftkit.recipe.of_runs import recipe_of
from ftkit.runfolder import RunFolder, next_name
from ftkit.tasks import TASKS
from ftkit.wizards.markup import Html, joined, tag


@dataclass(frozen=True)
class Link:
    """A run that may come next.

    Attributes
    ----------
    title, why
        What it is, and what it is good for after this run.
    presets
        Its recipe, as the arguments of :func:`~ftkit.recipe.from_presets`.
    """

    title: str
    why: str
    presets: dict[str, Any]

    def recipe(self) -> Recipe:
        """Where the next run starts; its examples have yet to be chosen."""
        return from_presets(**self.presets)


def next_links(run: RunFolder) -> list[Link]:
    """What may follow from a run that has a result, in the order in which tasks are offered."""
    recipe = recipe_of(run)
    if recipe is None or run.state()["state"] not in ("finished", "stopped"):
        return []
    task = TASKS[recipe.task.name]
    # What judges is no model to go on from: the run that it learned to judge goes on.
    judges = task.head != "words"
    chain = catalog.chain_of(run.name, run.path.parent)
    if judges:
        model = f"{PREFIX}{chain[-2]}" if len(chain) > 1 else recipe.model.id
    else:
        model = f"{PREFIX}{run.name}"
    try:
        catalog.find(model)
    except FtkitError:
        return []  # what it learned cannot become part of a model; its Method page said so
    links = []
    for name, why in task.leads_to.items():
        if name not in TASKS:
            continue
        presets = {"task": name, "model": model, "run": _free(f"{run.name}-{name}", run)}
        if judges:
            presets["reward"] = run.name
        links.append(Link(TASKS[name].title, why, presets))
    return links


def _free(name: str, beside: RunFolder) -> str:
    name = name[:70]
    root = beside.path.parent
    return next_name(name, root) if RunFolder(name, root).exists() else name


def chain_picture(run: RunFolder) -> Html:
    """The runs that led to this one, as a row of boxes; empty where it is the first."""
    names = catalog.chain_of(run.name, run.path.parent)
    if len(names) < 2:
        return Html("")
    first = recipe_of(RunFolder(names[0], run.path.parent))
    boxes = [_box("base model", first.model.id if first else "the base", "")]
    for name in names:
        recipe = recipe_of(RunFolder(name, run.path.parent))
        what = TASKS[recipe.task.name].title if recipe else ""
        how = METHODS[recipe.method.name].label if recipe else ""
        boxes.append(_box(name, what, how))
    row = tag("ol", joined(tag("li", box) for box in boxes), "ftkit-chain", aria_label="The chain of runs")
    return joined([tag("h3", "How this model came about"), row])


def _box(name: str, what: str, how: str) -> Html:
    lines = [tag("b", name), *(tag("span", line, "ftkit-quiet") for line in (what, how) if line)]
    return tag("div", joined(lines), "ftkit-link")
