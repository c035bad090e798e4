"""Ten to twenty evaluations within 15 % of the time, wherever a run is long enough for that."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ftkit.recipe import Recipe, from_presets, recipe_to_yaml, resolve, rows_before
from ftkit.recipe.cadence import COST_OF_A_TRAINED_ROW, FEWEST_ROWS, count_evaluations, evaluations
from ftkit.runfolder import RunFolder
from tests.recipe.made_up import FACTS, LAPTOP, STARTER


def share(total, batch, count, rows):
    """The evaluations' share of the run's time."""
    evaluated = count * rows
    return evaluated / (evaluated + total * batch * COST_OF_A_TRAINED_ROW)


@pytest.mark.parametrize("total", [20, 24, 40, 76, 100, 1000, 12345])
def test_about_forty_points_and_ten_to_twenty_evaluations(total):
    done = resolve(from_presets(max_steps=total), LAPTOP, replace(FACTS, validation_rows=4), STARTER)
    assert 20 <= total / done.logging_steps <= 60
    assert 10 <= math.ceil(total / done.eval_steps) + 1 <= 20


@settings(max_examples=300)
@given(st.integers(1, 5000), st.integers(1, 64), st.integers(1, 5000))
def test_evaluation_takes_at_most_15_percent_unless_too_little_were_left(total, batch, held_out):
    found = evaluations(total, total * batch, held_out)
    count = math.ceil(total / found.every) + 1
    assert found.reason.startswith(f"{count} evaluations")
    assert 1 <= found.rows <= held_out
    assert share(total, batch, count, found.rows) <= 0.15 or "fewer would say nothing" in found.reason
    # Ten evaluations of the fewest rows would have fitted: then there are at least ten.
    if total >= 50 and share(total, batch, 11, min(held_out, FEWEST_ROWS)) <= 0.15:
        assert 10 <= count <= 20


@pytest.mark.parametrize("epochs", [1, 2, 3])
@pytest.mark.parametrize("rows", [400, 1000, 50_000])
def test_the_usual_split_gets_ten_evaluations_of_many_rows(rows, epochs):
    held_out = rows // 10
    facts = replace(FACTS, train_rows=rows - 2 * held_out, validation_rows=held_out)
    done = resolve(from_presets(num_train_epochs=epochs), LAPTOP, facts, STARTER)
    count = math.ceil(done.total_steps / done.eval_steps) + 1
    assert 10 <= count <= 20
    assert held_out / 3 < done.eval_rows <= held_out
    assert share(done.total_steps, 8, count, done.eval_rows) <= 0.15


def test_a_tiny_run_says_why_it_has_fewer_evaluations_or_takes_longer():
    assert "as many as fit into 15 %" in evaluations(30, 180, 30).reason
    few = resolve(Recipe(), LAPTOP, replace(FACTS, train_rows=24, validation_rows=8), STARTER)
    assert "they take long on so small a run" in few.reasons["derived.eval_steps"]
    assert few.reasons["derived.eval_rows"] == "all that are held back"


@settings(max_examples=300)
@given(st.integers(1, 5000), st.integers(1, 64), st.integers(1, 5000), st.data())
def test_a_run_that_follows_from_another_looks_at_as_many_examples(total, batch, held_out, data):
    rows = data.draw(st.integers(1, held_out))
    found = evaluations(total, total * batch, held_out, rows)
    count = math.ceil(total / found.every) + 1
    assert found.rows == rows
    assert found.reason.startswith(f"{count} evaluations")
    # Never fewer than a verdict needs.
    possible = {count_evaluations(total, every) for every in range(1, total + 1)}
    fewest = min((one for one in possible if one >= 5), default=total + 1)
    assert share(total, batch, count, rows) <= 0.15 or count == fewest


def test_more_are_wanted_than_are_held_back_now():
    assert evaluations(100, 800, 20, before=50) == evaluations(100, 800, 20)


def parent(tmp_path, rows, **more):
    folder = RunFolder("pirate-1", tmp_path)
    folder.write_recipe(recipe_to_yaml(from_presets(run="pirate-1", data="here", **more)))
    folder.begin()
    folder.write_json("actual.json", {"data": {"eval": {"rows": rows, "content": "x"}}})


def test_the_parents_rows_are_known_where_the_data_is_the_same(tmp_path):
    parent(tmp_path, 10)
    follows = from_presets(run="pirate-2", parent="pirate-1", data="here", num_train_epochs=2)
    assert rows_before(follows, tmp_path) == 10
    assert rows_before(follows.changed({"data.source": "elsewhere"}), tmp_path) is None
    assert rows_before(follows.changed({"parent": "pirate-7"}), tmp_path) is None
    assert rows_before(follows.changed({"parent": None}), tmp_path) is None


@pytest.mark.parametrize("rows", [None, "ten", 0, {"mmlu": 3}])
def test_a_parent_that_does_not_say_changes_nothing(tmp_path, rows):
    parent(tmp_path, rows)
    assert rows_before(from_presets(parent="pirate-1", data="here"), tmp_path) is None


def test_twice_as_many_epochs_are_measured_on_the_same_examples():
    facts = replace(FACTS, train_rows=200, validation_rows=20)
    once = resolve(from_presets(num_train_epochs=1, batch_size=4), LAPTOP, facts, STARTER)
    twice = from_presets(num_train_epochs=2, batch_size=4, parent="one")
    assert resolve(twice, LAPTOP, facts, STARTER).eval_rows > once.eval_rows
    alike = resolve(twice, LAPTOP, facts, STARTER, rows_before=once.eval_rows)
    assert alike.eval_rows == once.eval_rows
    assert "run before" in alike.reasons["derived.eval_rows"]
