"""Series as people hand them over are read, or refused with words that help."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ftkit.errors import RunError
from ftkit.runfolder import History

LOSSES = [3.0, 2.5, 2.25]
PAIRS = [(10, 3.0), (20, 2.5), (30, 2.25)]


@pytest.mark.parametrize(
    "series",
    [
        np.array(PAIRS),
        [np.array(pair) for pair in PAIRS],
        [[np.int64(step), np.float32(loss)] for step, loss in PAIRS],
        {np.int64(step): np.float64(loss) for step, loss in PAIRS},
        {str(step): str(loss) for step, loss in PAIRS},
        zip((10, 20, 30), LOSSES, strict=True),
        (pair for pair in PAIRS),
        pd.Series(LOSSES, index=[10, 20, 30]),
        pd.Series([3.0, None, 2.5, 2.25], index=[10, 15, 20, 30]),
        pd.DataFrame({"step": [10, 20, 30], "loss": LOSSES}),
        pd.DataFrame({"loss": LOSSES, "step": [10, 20, 30]}),
        pd.DataFrame({"at": [10, 20, 30, 40], "loss": [*LOSSES, math.nan]}),
        [*PAIRS[:1], (15, None), None, *PAIRS[1:]],
    ],
)
def test_steps_and_values_in_any_form(series):
    assert History.from_series({"train": series}).train == PAIRS


@pytest.mark.parametrize(
    "series",
    [
        np.array(LOSSES, dtype=np.float32),
        [np.float32(loss) for loss in LOSSES],
        [np.array(loss) for loss in LOSSES],
        iter(LOSSES),
        pd.Series(LOSSES, index=["a", "b", "c"]),
        pd.Series(LOSSES, index=[3, 1, 2]),
        [str(loss) for loss in LOSSES],
    ],
)
def test_values_without_steps_are_counted(series):
    found = History.from_series({"train": series, "total_steps": np.int64(3), "epochs": np.float32(1)})
    assert found.train == [(1, 3.0), (2, 2.5), (3, 2.25)]
    assert (found.total_steps, found.epochs) == (3, 1.0)


@pytest.mark.parametrize(("name", "first"), [("train", 1), ("eval", 0)])
def test_a_point_without_a_number_is_left_out_and_told(name, first):
    found = History.from_series({name: [3.0, None, 2.0, np.ma.masked]})
    assert getattr(found, name) == [(first, 3.0), (first + 2, 2.0)]
    (problem,) = found.problems
    assert "2 of the 4 points" in problem
    assert name in problem


def test_as_many_losses_of_both_kinds_are_of_the_same_steps_and_one_evaluation_more_is_the_base():
    assert History.from_series({"train": [3.0, 2.0], "eval": [3.1, 2.2]}).eval == [(1, 3.1), (2, 2.2)]
    assert History.from_series({"train": [3.0, 2.0], "eval": [4.0, 3.1, 2.2]}).base_loss == 4.0


def test_nan_in_a_list_is_kept_because_it_is_evidence():
    assert math.isnan(History.from_series({"train": [2.0, math.nan]}).train[1][1])


def test_nan_in_a_table_is_only_a_gap_and_told():
    found = History.from_series({"eval": pd.Series([2.0, math.nan], index=[1, 2])})
    assert found.eval == [(1, 2.0)]
    assert "1 of the 2 points" in found.problems[0]


def test_an_index_that_is_no_row_of_steps_is_told():
    found = History.from_series({"eval": pd.Series([2.0, 1.0], index=[2, 1])})
    assert found.eval == [(0, 2.0), (1, 1.0)]
    assert "index" in found.problems[0]


@pytest.mark.parametrize(
    "series",
    [
        {1.0, 2.0},
        b"12",
        5,
        np.float32(2),
        np.array(2.0),
        [None, None],
        ["a", "b"],
        [[0.5, 2.0]],
        [True, False],
        [{"step": 1}],
        [1, [2, 3]],
        np.zeros((3, 3)),
        pd.DataFrame({"a": [1], "b": [1], "c": [1]}),
        pd.Series([1.0, 2.0], index=[0.5, 1.0]),
    ],
)
def test_what_is_no_series_is_refused_with_a_remedy(series):
    with pytest.raises(RunError) as refused:
        History.from_series({"train": series})
    assert refused.value.remedy


def test_series_of_keras_count_epochs_from_one():
    kept = {"loss": [3.0, 2.0], "accuracy": [0.1, 0.2], "val_loss": [3.1, 2.2], "val_accuracy": [0.1, 0.3]}
    found = History.from_series(kept)
    assert found.train == [(1, 3.0), (2, 2.0)]
    assert found.eval == [(1, 3.1), (2, 2.2)]
    assert found.metric("accuracy")[1] == [(1, 0.1), (2, 0.3)]
    assert found.base_loss is None


@pytest.mark.parametrize("name", ["train_loss", "loss", "train"])
@pytest.mark.parametrize("held_out", ["val_loss", "valid_loss", "validation_loss", "val"])
def test_other_names_for_the_two_losses(name, held_out):
    found = History.from_series({name: [3.0, 2.0], held_out: [3.1, 2.2]})
    assert (found.train, found.eval) == ([(1, 3.0), (2, 2.0)], [(1, 3.1), (2, 2.2)])


def test_the_loss_at_step_0_is_no_base_where_something_was_trained_at_it():
    points = [(0, 2.0), (1, 1.5)]
    assert History.from_series({"train": points, "eval": points}).base_loss is None
    assert History.from_series({"train": points[1:], "eval": points}).base_loss == 2.0


def test_series_that_cannot_stand_side_by_side_are_told():
    assert "100" in History.from_series({"train": [1.0] * 100, "eval": [1.0] * 10}).problems[0]
    assert not History.from_series({"train": [1.0] * 10, "eval": [1.0] * 11}).problems
    assert not History.from_series({"train": [1.0] * 100, "eval": [(10, 1.0)]}).problems


VALUES = st.none() | st.floats() | st.integers() | st.text(max_size=3) | st.booleans()
FORMS = st.sampled_from(
    [
        list,
        tuple,
        iter,
        lambda found: dict(enumerate(found)),
        lambda found: np.array(found, dtype=object),
        pd.Series,
    ]
)


@given(values=st.lists(VALUES | st.lists(VALUES, max_size=3), max_size=6), form=FORMS)
@settings(max_examples=200)
def test_any_series_in_any_form_is_read_or_refused(values, form):
    try:
        found = History.from_series({"train": form(values), "eval": [1.0]})
    except RunError:
        return
    assert all(type(step) is int and type(value) is float for step, value in found.train)
    assert len(found.train) + sum("point" in problem for problem in found.problems) > 0 or not values


@given(pairs=st.dictionaries(st.integers(0, 10**9), st.floats(allow_nan=False), min_size=1, max_size=8))
@settings(max_examples=100)
def test_every_form_of_the_same_points_gives_the_same(pairs):
    points = sorted(pairs.items())
    steps, values = zip(*points, strict=True)
    forms = [pairs, {str(step): value for step, value in points}, points, [list(point) for point in points]]
    forms += [zip(steps, values, strict=True), pd.Series(values, index=steps), [np.array(p) for p in points]]
    for form in forms:
        assert History.from_series({"eval": form}).eval == [(step, float(value)) for step, value in points]
