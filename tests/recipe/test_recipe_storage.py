"""A recipe survives its file, and a broken file says what is wrong with it."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ftkit.errors import RecipeError
from ftkit.methods import METHODS
from ftkit.recipe import Recipe, from_presets, load_recipe, recipe_from_yaml, recipe_to_yaml, validate
from tests.recipe.made_up import recipes, trees


@settings(max_examples=200)
@given(recipes())
def test_what_is_written_reads_back(recipe: Recipe):
    text = recipe_to_yaml(recipe)
    assert recipe_from_yaml(text) == recipe
    assert recipe_from_yaml(text.encode().decode()) == recipe


@settings(max_examples=50)
@given(trees())
def test_validation_changes_nothing_that_is_allowed(tree: dict[str, Any]):
    assert validate(tree).model_dump() == tree


def test_the_file_is_in_the_order_of_the_form():
    text = recipe_to_yaml(Recipe())
    heads = [line.split(":")[0] for line in text.splitlines() if not line.startswith(" ")]
    assert heads == ["ftkit", "run", "parent", "task", "model", "data", "method", "training"]


def test_a_file_may_name_only_what_differs():
    recipe = recipe_from_yaml("run: short\ntraining:\n  learning_rate: 2e-4\n")
    assert recipe == Recipe(run="short").changed({"training.learning_rate": 2e-4})


@settings(max_examples=300)
@given(st.text(max_size=60))
def test_any_text_is_a_recipe_or_a_recipe_error(text: str):
    # Any other error than this one fails the test.
    with contextlib.suppress(RecipeError):
        assert isinstance(recipe_from_yaml(text), Recipe)


@pytest.mark.parametrize(
    ("text", "field"),
    [
        ("run: [1", "line 1"),
        ("a: b: c", "line 1"),
        ("run: x\nrun: 2026-02-30", "the file"),
        ("just a text", "recipe"),
        ("", "recipe"),
        ("\0", "the file"),
        ("run: !!python/object:os.system x", "line 1"),
    ],
)
def test_a_broken_file_names_the_place(text, field):
    with pytest.raises(RecipeError) as caught:
        recipe_from_yaml(text)
    assert [problem.field for problem in caught.value.problems] == [field]


def test_a_file_that_cannot_be_read_is_one_problem(tmp_path: Path):
    (tmp_path / "latin.yaml").write_bytes(b"run: caf\xe9")
    for path in (tmp_path / "missing.yaml", tmp_path, tmp_path / "latin.yaml"):
        with pytest.raises(RecipeError, match="readable YAML file"):
            load_recipe(path)


def test_the_presets_of_a_wizard_find_their_places():
    recipe = from_presets(
        model="a/b", data=Path("d.csv"), method="full", run="r", num_train_epochs=3, system="Hi", seed=1
    )
    assert (recipe.model.id, recipe.data.source, recipe.method.name, recipe.run) == (
        "a/b",
        "d.csv",
        "full",
        "r",
    )
    assert (recipe.training.num_train_epochs, recipe.data.system, recipe.training.seed) == (3, "Hi", 1)
    assert from_presets() == Recipe()
    assert from_presets(r=4, columns={"prompt": "q"}).changed({"method.r": 16}).data.columns == {
        "prompt": "q"
    }


def test_all_presets_that_will_not_do_are_named_at_once():
    with pytest.raises(RecipeError) as caught:
        from_presets(method="full", r=4, lerning_rate=1, batch_size=0, training=5, name="x", data=5)
    fields = {problem.field for problem in caught.value.problems}
    assert fields == {"r", "lerning_rate", "training.batch_size", "training", "name", "data.source"}


@pytest.mark.parametrize("method", ["mora", None, ["lora"], 5])
def test_a_method_that_is_not_there_is_one_problem(method):
    with pytest.raises(RecipeError) as caught:
        from_presets(method=method)
    assert [problem.field for problem in caught.value.problems] == ["method.name"]
    assert " or ".join(repr(name) for name in METHODS) in str(caught.value)


@pytest.mark.parametrize(
    "place", ["training: {learning_rate: *c}", "data: {columns: *c}", "training: &t {r: *t}"]
)
def test_a_bomb_of_aliases_is_refused_at_once(place):
    bomb = "a: &a [lol, lol]\n" + "".join(
        f"{b}: &{b} [{', '.join([f'*{a}'] * 9)}]\n" for a, b in ("ab", "bc")
    )
    with pytest.raises(RecipeError, match="alias"):
        recipe_from_yaml(f"{bomb}{place}\n")
