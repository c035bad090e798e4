"""What the person chose: one small, validated tree, and how its automatic values are filled."""

from ftkit.recipe.alike import rows_before
from ftkit.recipe.resolve import Resolved, resolve
from ftkit.recipe.storage import from_presets, load_recipe, recipe_from_yaml, recipe_to_yaml
from ftkit.recipe.tree import DataChoice, ModelChoice, Recipe, Training, validate

__all__ = [
    "DataChoice",
    "ModelChoice",
    "Recipe",
    "Resolved",
    "Training",
    "from_presets",
    "load_recipe",
    "recipe_from_yaml",
    "recipe_to_yaml",
    "resolve",
    "rows_before",
    "validate",
]
