"""Every impossible value gives one message that a beginner understands, all of them at once."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ftkit.errors import Problem, RecipeError
from ftkit.methods import METHODS
from ftkit.recipe import Recipe, validate
from ftkit.recipe.tree import COLUMN_SOURCES, descriptions
from ftkit.tasks import TASKS

IMPOSSIBLE: list[tuple[str, Any, str]] = [
    ("run", "a b", "a name of letters"),
    ("run", "", "a name of letters"),
    ("run", 5, "text"),
    ("parent", "../x", "a name of letters"),
    ("model.id", "", "text (not empty)"),
    ("model.chain", "continue", "no run whose adapter could train on"),
    ("model.chain", "stack", "'merge' or 'continue'"),
    ("data.source", None, "text"),
    ("data.columns", ["q"], "names and values"),
    ("data.columns", {"prompt": {"code": "1"}}, COLUMN_SOURCES),
    ("data.columns", {"prompt": {"constant": 1}}, COLUMN_SOURCES),
    ("data.columns", {"prompt": {}, "answer": "a"}, COLUMN_SOURCES),
    ("data.columns", {"prompt": {"constant": "a", "template": "b"}}, COLUMN_SOURCES),
    ("data.columns", {"prompt": 3}, COLUMN_SOURCES),
    ("data.system", 5, "text or nothing"),
    ("data.chat_template", "llama", "'plain' or 'chatml'"),
    ("data.fixes", "drop-duplicates", "a list of text"),
    ("data.group", 5, "text or nothing"),
    ("data.validation_share", 0, "a number above 0 and below 0.5"),
    ("data.test_share", True, "a number above 0 and below 0.5"),
    ("data.split_seed", -1, "a whole number at least 0"),
    ("method.r", 0, "a whole number above 0"),
    ("method.lora_alpha", "much", "a whole number above 0 or 'auto'"),
    ("method.lora_dropout", 1, "a number at least 0 and below 1"),
    ("method.target_modules", ["q_proj", "x"], "'all-linear' or a list of 'q_proj', "),
    ("method.target_modules", [], "'all-linear' or a list of 'q_proj', "),
    ("training.learning_rate", -1, "a number above 0 or 'auto'"),
    ("training.learning_rate", float("nan"), "a number above 0 or 'auto'"),
    ("training.learning_rate", float("inf"), "a number above 0 or 'auto'"),
    ("training.learning_rate", "fast", "a number above 0 or 'auto'"),
    ("training.num_train_epochs", 0, "a number above 0"),
    ("training.batch_size", 2.5, "a whole number above 0"),
    ("training.per_device_train_batch_size", 3, "divides the batch size 8"),
    ("training.warmup_steps", -0.1, "a number at least 0 or 'auto'"),
    ("training.lr_scheduler_type", "exp", "'cosine' or 'linear' or 'constant'"),
    ("training.backend", "axolotl", "'trl' or 'unsloth'"),
    ("training.weight_decay", 1.5, "a number at least 0 and below 1"),
    ("training.max_length", 0, "a whole number above 0 or 'auto'"),
    ("training.max_steps", 0, "a whole number above 0 or nothing"),
    ("training.early_stopping", "perhaps", "yes or no"),
    ("training.seed", 2**32, "a whole number at least 0 and at most 4294967295"),
]

EVERY_TASK = " or ".join(repr(name) for name in TASKS)
EVERY_METHOD = " or ".join(repr(name) for name in METHODS)


def with_values(*changes: tuple[str, Any]) -> dict[str, Any]:
    tree = copy.deepcopy(Recipe().model_dump())
    for path, value in changes:
        *parents, last = path.split(".")
        branch = tree
        for part in parents:
            branch = branch[part]
        branch[last] = value
    return tree


def problems(tree: Any) -> tuple[Problem, ...]:
    with pytest.raises(RecipeError) as caught:
        validate(tree)
    return caught.value.problems


@pytest.mark.parametrize(("path", "value", "allowed"), IMPOSSIBLE)
def test_each_impossible_value_is_one_message(path, value, allowed):
    (problem,) = problems(with_values((path, value)))
    assert problem.field == path
    assert problem.value == value or value != value
    assert allowed in problem.allowed
    assert problem.label == descriptions()[path].label
    assert problem.hint
    assert "Input should" not in str(problem)


def test_every_setting_can_be_wrong():
    free = {"data.family"}
    assert {path for path, _, _ in IMPOSSIBLE} == set(descriptions()) - free


def test_all_problems_come_at_once():
    one_each = {path: value for path, value, _ in IMPOSSIBLE}
    # The batch is impossible too, so whether the micro-batch divides it cannot be said.
    one_each["training.per_device_train_batch_size"] = 0
    found = problems(with_values(*one_each.items()))
    assert {problem.field for problem in found} == set(one_each)
    assert len(found) == len(one_each)


@pytest.mark.parametrize(
    ("path", "value", "field", "allowed"),
    [
        ("method", {"name": "mora"}, "method.name", EVERY_METHOD),
        ("method", {}, "method.name", EVERY_METHOD),
        ("method", None, "method", "a group of settings"),
        ("method.rank", 8, "method.rank", "a setting that exists"),
        ("task", {"name": "dop"}, "task.name", EVERY_TASK),
        ("training", [], "training", "a group of settings"),
        ("training.lr", 1, "training.lr", "a setting that exists"),
        ("model", {"id": "a", "name": "b"}, "model.name", "a setting that exists"),
        ("nonsense", 1, "nonsense", "a setting that exists"),
        ("ftkit", 2, "ftkit", "1"),
    ],
)
def test_groups_and_names_that_do_not_exist(path, value, field, allowed):
    (problem,) = problems(with_values((path, value)))
    assert (problem.field, problem.allowed) == (field, allowed)


def test_a_setting_of_another_technique_is_named():
    (problem,) = problems(with_values(("method", {"name": "full", "r": 8})))
    assert problem.field == "method.r"


@pytest.mark.parametrize("tree", [None, [], "x", 5])
def test_what_is_no_recipe_at_all(tree):
    (problem,) = problems(tree)
    assert (problem.field, problem.value) == ("recipe", tree)


_json = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=9)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=9), inner, max_size=3)
    ),
    max_leaves=5,
)


@settings(max_examples=300)
@given(st.sampled_from([*descriptions(), "method", "task", "data", "training", "model"]), _json)
def test_any_value_anywhere_is_accepted_or_explained_at_its_place(path: str, value: Any):
    try:
        validate(with_values((path, value)))
    except RecipeError as error:
        found = error.problems
    else:
        return
    # The batch size also decides whether the micro-batch fits it.
    assert all(problem.field.startswith(path) or path == "training.batch_size" for problem in found)
    assert len({problem.field for problem in found}) == len(found)


def test_a_change_is_validated_too():
    with pytest.raises(RecipeError, match="Learning rate"):
        Recipe().changed({"training.learning_rate": 0})
    assert Recipe().changed({"method.r": 4}).get("method.r") == 4
