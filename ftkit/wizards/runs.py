"""Runs that are there: what they were made with, and which one the choices are about."""

from __future__ import annotations

from ftkit.errors import FtkitError
from ftkit.recipe import Recipe, recipe_from_yaml
from ftkit.runfolder import RunFolder


def recipe_of(run: RunFolder) -> Recipe | None:
    """A run's recipe, None where it has none that can be read."""
    try:
        return recipe_from_yaml(run.recipe_text()) if run.recipe_text() else None
    except (FtkitError, OSError, UnicodeDecodeError):
        return None


def recipe_of_named(run: object) -> Recipe | None:
    """The recipe of the run that a call of the panel names, None where there is no such run."""
    try:
        folder = RunFolder(run) if isinstance(run, str) else None
    except FtkitError:
        return None  # it cannot be a name: the form says so
    return recipe_of(folder) if folder is not None and folder.exists() else None


def differing(one: Recipe, other: Recipe) -> list[str]:
    """The dotted paths at which two recipes say different things."""
    mine, theirs = one.model_dump(), other.model_dump()
    found = []
    for name in sorted(mine.keys() | theirs.keys()):
        here, there = mine.get(name), theirs.get(name)
        if isinstance(here, dict) and isinstance(there, dict):
            found += [
                f"{name}.{key}"
                for key in sorted(here.keys() | there.keys())
                if here.get(key) != there.get(key)
            ]
        elif here != there:
            found.append(name)
    return found


def run_to_read(recipe: Recipe) -> RunFolder | None:
    """The run of these choices once it was started; before that, the one it follows from."""
    folders = [RunFolder(name) for name in (recipe.run, recipe.parent) if name]
    return next((folder for folder in folders if folder.exists()), None)
