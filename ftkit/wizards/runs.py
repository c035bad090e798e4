"""Runs that are there: what they were made with, and which one the choices are about."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from ftkit.errors import FtkitError
from ftkit.recipe import Recipe, recipe_from_yaml
from ftkit.runfolder import RunFolder

if TYPE_CHECKING:
    from ftkit.diagnosis import Remedy


def recipe_of(run: RunFolder) -> Recipe | None:
    """A run's recipe, None where it has none that can be read."""
    try:
        return recipe_from_yaml(run.recipe_text()) if run.recipe_text() else None
    except (FtkitError, OSError, ValueError, AttributeError):  # PyYAML's own for a few odd texts
        return None


def recipe_of_named(run: object) -> Recipe | None:
    """The recipe of the run that a call of the panel names, None where there is no such run."""
    try:
        folder = RunFolder(run) if isinstance(run, str) else None
    except FtkitError:
        return None  # it cannot be a name: the form says so
    return made_with(folder) if folder is not None and folder.exists() else None


def made_with(run: RunFolder) -> Recipe | None:
    """What a run really had: its recipe, with what its cell said instead; None where it has none that can be read."""
    recipe = recipe_of(run)
    if recipe is None:
        return None
    try:
        actual = run.actual()
    except FtkitError:
        return recipe
    arguments, noted = actual.get("arguments"), actual.get("differences")
    listed = [one for one in noted if isinstance(one, dict)] if isinstance(noted, list) else []
    real = {str(one.get("field")): one.get("actual") for one in listed}
    if recipe.training.learning_rate == "auto" and isinstance(arguments, dict):
        real.setdefault("training.learning_rate", arguments.get("learning_rate"))
    tree = recipe.model_dump()
    for path, value in real.items():
        branch, _, name = str(path).partition(".")
        if value is None or name not in (tree.get(branch) or {}):
            continue
        value = None if path == "training.max_steps" and value == -1 else value
        try:
            recipe = recipe.changed({path: value})
        except FtkitError:
            continue  # the trainer takes what a recipe does not
    return recipe


def differing(before: Recipe, now: Recipe) -> list[str]:
    """The dotted paths of `now` that say something else than before, or were not there."""
    old, found = before.model_dump(), []
    for name, value in now.model_dump().items():
        was = old.get(name)
        if isinstance(value, dict) and isinstance(was, dict):
            found += [f"{name}.{key}" for key in value if key not in was or was[key] != value[key]]
        elif value != was:
            found.append(name)
    return found


def run_to_read(recipe: Recipe) -> RunFolder | None:
    """The run of these choices once it was started; before that, the one it follows from."""
    folders = [RunFolder(name) for name in (recipe.run, recipe.parent) if name]
    return next((folder for folder in folders if folder.exists()), None)


def prepared_by(remedies: Iterable[Remedy], recipe: Recipe) -> Remedy | None:
    """The remedy that makes these choices of what the run before had, and that alone; None where none of them does."""
    run = run_to_read(recipe)
    had = made_with(run) if run is not None and run.name == recipe.parent else None
    if had is None:
        return None
    for remedy in remedies:
        try:
            after = had.changed(remedy.changes)
        except FtkitError:
            continue  # a setting that this recipe does not have
        if set(differing(after, recipe)) <= {"run", "parent"}:
            return remedy
    return None
