"""What a run has to share with the one that it follows from, so that the two can be held against each other."""

from __future__ import annotations

from pathlib import Path

from ftkit.errors import FtkitError
from ftkit.recipe.storage import recipe_from_yaml
from ftkit.recipe.tree import Recipe
from ftkit.runfolder import RunFolder


def rows_before(recipe: Recipe, root: str | Path = "ftkit-runs") -> int | None:
    """How many held-out examples the parent's evaluations looked at; None without a parent on the same data.

    Parameters
    ----------
    root
        The folder of all runs.
    """
    if recipe.parent is None:
        return None
    folder = RunFolder(recipe.parent, root)
    try:
        if not folder.exists() or recipe_from_yaml(folder.recipe_text()).data != recipe.data:
            return None
        data = folder.actual().get("data")
    except FtkitError:
        return None  # a damaged folder is no reason to plan nothing
    held_out = data.get("eval") if isinstance(data, dict) else None
    rows = held_out.get("rows") if isinstance(held_out, dict) else None
    return rows if isinstance(rows, int) and rows > 0 else None
