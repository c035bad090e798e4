"""Runs that are there: which one the choices are about."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from ftkit.errors import FtkitError
from ftkit.recipe import Recipe
from ftkit.recipe.of_runs import differing, made_with
from ftkit.runfolder import RunFolder

if TYPE_CHECKING:
    from ftkit.diagnosis import Remedy


def has_ended(run: RunFolder) -> bool:
    """Whether a run was started and nobody trains it any more, however that came to an end."""
    try:
        return run.state()["state"] not in ("none", "running")
    except FtkitError:
        return False  # it is damaged: the Review says so


def recipe_of_named(run: object) -> Recipe | None:
    """The recipe of the run that a call of the panel names, None where there is no such run."""
    try:
        folder = RunFolder(run) if isinstance(run, str) else None
    except FtkitError:
        return None  # it cannot be a name: the form says so
    return made_with(folder) if folder is not None and folder.exists() else None


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
