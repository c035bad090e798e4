"""Recipes on disk and from the arguments of ``ftkit.wizard(…)``."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import yaml

from ftkit.errors import Problem, RecipeError
from ftkit.methods import METHODS
from ftkit.recipe.tree import Recipe, validate
from ftkit.tasks import TASKS

_SHORT = {"model": ("model", "id"), "chain": ("model", "chain"), "data": ("data", "source")}
_GROUPS = ("task", "model", "data", "method", "training", "name", "ftkit")
_COMPARE = "Compare it with a recipe.yaml in ftkit-runs."


class _Dumper(yaml.SafeDumper):
    """PyYAML's own, but for texts whose line separators its plain style would change, and without aliases."""

    def ignore_aliases(self, data: Any) -> bool:
        return True

    def represent_text(self, text: str) -> yaml.ScalarNode:
        style = '"' if any(character in text for character in "\x85\u2028\u2029") else None
        return self.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Dumper.add_representer(str, _Dumper.represent_text)


class _Loader(yaml.SafeLoader):
    """PyYAML's safe one without aliases: nine lines of them can stand for billions of values."""

    def compose_node(self, parent: Any, index: Any) -> Any:
        if self.check_event(yaml.AliasEvent):
            mark = self.peek_event().start_mark
            raise yaml.composer.ComposerError(None, None, "an alias (*name)", mark)
        return super().compose_node(parent, index)


def recipe_to_yaml(recipe: Recipe) -> str:
    """The recipe as YAML, in the order of the form."""
    return str(yaml.dump(recipe.model_dump(), Dumper=_Dumper, sort_keys=False, allow_unicode=True))


def recipe_from_yaml(text: str) -> Recipe:
    """Read a recipe back.

    Raises
    ------
    RecipeError
        Where the text is no YAML mapping or holds values that cannot be.
    """
    try:
        tree = yaml.load(text, Loader=_Loader)  # noqa: S506  (a safe loader)
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        # ValueError: the parser builds dates and numbers itself, and 2026-02-30 is none.
        place = getattr(error, "problem_mark", None)
        where = f"line {place.line + 1}" if place else "the file"
        given = str(getattr(error, "problem", None) or error)
        raise RecipeError([Problem(where, given, "YAML", _COMPARE)]) from error
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
        ``task``, ``model``, ``data`` and ``method`` name what to choose, ``chain`` how to go on from a run; any other setting goes by
        its own name (``num_train_epochs=3``, ``r=8``, ``system="…"``, ``run="…"``).

    Raises
    ------
    RecipeError
        For a name that is no setting and for values that cannot be.
    """
    tree = Recipe().model_dump()
    task = presets.pop("task", tree["task"]["name"])
    if isinstance(task, str) and task in TASKS:
        tree["task"] = TASKS[task].settings().model_dump()
        tree["training"].update(TASKS[task].starts)
    else:
        tree["task"] = {"name": task}
    method = presets.pop("method", tree["method"]["name"])
    known = isinstance(method, str) and method in METHODS
    tree["method"] = METHODS[method].settings().model_dump() if known else {"name": method}
    for name, (branch, key) in _SHORT.items():
        if name in presets:
            value = presets.pop(name)
            tree[branch][key] = os.fspath(value) if isinstance(value, os.PathLike) else value
    unknown = []
    for name, value in presets.items():
        homes = [
            branch
            for branch in (tree, tree["data"], tree["task"], tree["method"], tree["training"])
            if name in branch
        ]
        if homes and name not in _GROUPS:
            homes[0][name] = value
        else:
            unknown.append(Problem(name, value, "the name of a setting", "Check its spelling."))
    try:
        recipe = validate(tree)
    except RecipeError as error:
        raise RecipeError([*unknown, *error.problems]) from error
    if unknown:
        raise RecipeError(unknown)
    return recipe
