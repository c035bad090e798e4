"""Recipes on disk and from the arguments of ``ftkit.wizard(…)``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from ftkit.errors import Problem, RecipeError
from ftkit.methods import METHODS
from ftkit.recipe.tree import Recipe, validate


def recipe_to_yaml(recipe: Recipe) -> str:
    """The recipe as YAML, in the order of the form."""
    return yaml.safe_dump(recipe.model_dump(), sort_keys=False, allow_unicode=True)


def recipe_from_yaml(text: str) -> Recipe:
    """Read a recipe back.

    Raises
    ------
    RecipeError
        Where the text is no YAML mapping or holds values that cannot be.
    """
    try:
        tree = yaml.safe_load(text)
    except yaml.YAMLError as error:
        place = getattr(error, "problem_mark", None)
        where = f"line {place.line + 1}" if place else "the file"
        raise RecipeError(
            [
                Problem(
                    where,
                    getattr(error, "problem", "") or "",
                    "YAML",
                    "Compare it with a recipe.yaml in ftkit-runs.",
                )
            ]
        ) from error
    if not isinstance(tree, dict):
        raise RecipeError(
            [Problem("recipe", tree, "a mapping of settings", "Start from a recipe.yaml in ftkit-runs.")]
        )
    return validate(tree)


def load_recipe(path: str | Path) -> Recipe:
    """Read a recipe file.

    Raises
    ------
    RecipeError
        Where the file is missing, unreadable or not a recipe.
    """
    try:
        text = Path(path).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise RecipeError(
            [Problem("recipe file", str(path), "a readable YAML file", f"({error})")]
        ) from error
    return recipe_from_yaml(text)


def from_presets(**presets: Any) -> Recipe:
    """The recipe that ``ftkit.wizard(data="…", run="…")`` starts from.

    Parameters
    ----------
    presets
        ``task``, ``model``, ``data`` and ``method`` name what to choose; any other setting goes by
        its own name (``num_train_epochs=3``, ``r=8``, ``system="…"``, ``run="…"``).

    Raises
    ------
    RecipeError
        For a name that is no setting and for values that cannot be.
    """
    tree = Recipe().model_dump()
    method = presets.pop("method", tree["method"]["name"])
    if method in METHODS:
        tree["method"] = METHODS[method].Settings().model_dump()
    else:
        tree["method"] = {"name": method}
    if "task" in presets:
        tree["task"] = {"name": presets.pop("task")}
    if "model" in presets:
        tree["model"]["id"] = presets.pop("model")
    if "data" in presets:
        tree["data"]["source"] = presets.pop("data")
    unknown = []
    for name, value in presets.items():
        homes = [
            branch
            for branch in (tree, *(tree[key] for key in ("data", "method", "training")))
            if name in branch
        ]
        if (homes and not isinstance(homes[0][name], dict)) or name == "columns":
            homes[0][name] = value
        else:
            unknown.append(Problem(name, value, "the name of a setting", "Check its spelling."))
    if unknown:
        raise RecipeError(unknown)
    return validate(tree)
