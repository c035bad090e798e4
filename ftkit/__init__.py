"""ftkit: fine-tune language models in JupyterLab and understand what happened."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ftkit.adapters import add_adapters, load_adapters
    from ftkit.catalog import starter_model
    from ftkit.cli.carrying_out import run
    from ftkit.comparison import compare, merged_model, reward_model
    from ftkit.data import inspect_data, prepare_data
    from ftkit.diagnosis import diagnose, should_stop
    from ftkit.live import guess, side_by_side
    from ftkit.recipe import Recipe, load_recipe
    from ftkit.training import find_learning_rate, follow
    from ftkit.wizards import wizard

__version__ = "0.1.0"

# Where each public name lives. They load on first use: importing ftkit takes no torch, no widgets.
_HOMES = {
    "Recipe": "ftkit.recipe",
    "add_adapters": "ftkit.adapters",
    "compare": "ftkit.comparison",
    "diagnose": "ftkit.diagnosis",
    "find_learning_rate": "ftkit.training",
    "follow": "ftkit.training",
    "guess": "ftkit.live",
    "inspect_data": "ftkit.data",
    "load_adapters": "ftkit.adapters",
    "load_recipe": "ftkit.recipe",
    "merged_model": "ftkit.comparison",
    "prepare_data": "ftkit.data",
    "reward_model": "ftkit.comparison",
    "run": "ftkit.cli.carrying_out",
    "should_stop": "ftkit.diagnosis",
    "side_by_side": "ftkit.live",
    "starter_model": "ftkit.catalog",
    "wizard": "ftkit.wizards",
}

__all__ = [
    "Recipe",
    "add_adapters",
    "compare",
    "diagnose",
    "find_learning_rate",
    "follow",
    "guess",
    "inspect_data",
    "load_adapters",
    "load_recipe",
    "merged_model",
    "prepare_data",
    "reward_model",
    "run",
    "should_stop",
    "side_by_side",
    "starter_model",
    "wizard",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'ftkit' has no attribute {name!r}")
    value = getattr(importlib.import_module(_HOMES[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
