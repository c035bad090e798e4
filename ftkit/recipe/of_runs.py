"""What the runs that are there were made with, and how that differs from other choices."""

from __future__ import annotations

from ftkit.errors import FtkitError
from ftkit.recipe.storage import recipe_from_yaml
from ftkit.recipe.tree import Recipe
from ftkit.runfolder import RunFolder


def recipe_of(run: RunFolder) -> Recipe | None:
    """A run's recipe, None where it has none that can be read."""
    try:
        return recipe_from_yaml(run.recipe_text()) if run.recipe_text() else None
    except (FtkitError, OSError, ValueError, AttributeError):  # PyYAML's own for a few odd texts
        return None


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
