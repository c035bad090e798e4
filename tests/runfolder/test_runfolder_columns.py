"""Tables of other tools: steps in a column, other names, and NaN where nothing was measured."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ftkit.diagnosis import diagnose
from ftkit.runfolder import History

STEPS = [100, 200, 300, 400, 500, 600]
TRAIN = [1.5, 1.2, 1.0, 0.9, 0.85, 0.8]
EVAL = [1.6, 1.3, 1.2, 1.1, 1.15, 1.2]


def pairs(values):
    return list(zip(STEPS, values, strict=True))


@pytest.mark.parametrize("name", ["step", "steps", "global_step", "epoch"])
def test_a_column_of_steps_counts_for_the_losses_beside_it(name):
    found = History.from_series({name: STEPS, "train": TRAIN, "eval": EVAL})
    assert (found.train, found.eval) == (pairs(TRAIN), pairs(EVAL))
    assert diagnose({name: STEPS, "train": TRAIN, "eval": EVAL}).best_step == 400


@pytest.mark.parametrize(
    ("column", "said"),
    [
        ([3, 2, 1, 4, 5, 6], "no rising row"),
        ([1, 2, 3], "6 values and step has 3: step was not used. Give [step, loss] pairs"),
        ([1, 1, 2, 2, 3, 3], "several values at one step"),
    ],
)
def test_a_column_that_cannot_be_the_steps_is_told(column, said):
    found = diagnose({"step": column, "train": TRAIN, "eval": EVAL})
    assert any(said in remark for remark in found.remarks)
    assert found.best_step in (3, 4)


@pytest.mark.parametrize(
    ("train", "held_out", "count"),
    [
        ("loss", "val_loss", "step"),
        ("train_loss", "eval_loss", "step"),
        ("train_loss", "valid_loss", "epoch"),
    ],
)
def test_rows_with_other_names_are_read_and_it_is_said(train, held_out, count):
    rows = [{count: s, train: t, held_out: e} for s, t, e in zip(STEPS, TRAIN, EVAL, strict=True)]
    found = History.from_trainer_state({"log_history": rows})
    assert (found.train, found.eval) == (pairs(TRAIN), pairs(EVAL))
    assert any("read" in problem and (train in problem or held_out in problem) for problem in found.problems)


def test_what_a_trainer_wrote_is_left_as_it_is():
    rows = [{"step": s, "epoch": s / 100, "loss": t} for s, t in pairs(TRAIN)]
    rows += [{"step": s, "eval_loss": e} for s, e in pairs(EVAL)] + [{"step": 600, "train_loss": 1.1}]
    found = History.from_trainer_state({"log_history": rows})
    assert (found.train, found.eval, found.problems) == (pairs(TRAIN), pairs(EVAL), [])


def test_nan_between_numbers_is_a_gap_and_at_the_end_a_training_that_broke():
    steps = [step for step in STEPS for _ in (0, 1)]
    train = [value for t in TRAIN for value in (t, math.nan)]
    held_out = [value for e in EVAL for value in (math.nan, e)]
    columns = {"step": steps, "train_loss": train, "val_loss": held_out}
    rows = [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]
    for source in (columns, rows):
        assert "FT102" not in {finding.code for finding in diagnose(source).findings}
    broken = {"step": STEPS, "train": [*TRAIN[:3], *[math.nan] * 3], "eval": [*EVAL[:3], *[math.nan] * 3]}
    assert diagnose(broken).verdict == "unstable"


def test_a_few_nan_in_a_dense_column_are_a_training_that_broke():
    train = [1.5, 1.2, math.nan, math.nan, 1.4, 1.3, 1.2, math.nan, math.nan]
    held_out = [1.6, 1.3, 1.2, 1.1, 1.05, 1.0, 0.98, 0.97, 0.96]
    steps = list(range(100, 1000, 100))
    rows = [{"step": s, "loss": t, "val_loss": e} for s, t, e in zip(steps, train, held_out, strict=True)]
    for source in ({"step": steps, "train": train, "eval": held_out}, rows):
        assert diagnose(source).verdict == "unstable"


def test_a_column_that_does_not_fit_one_series_counts_for_none():
    found = History.from_series({"step": STEPS, "train": TRAIN, "eval": EVAL[:3]})
    assert [step for step, _ in found.train] == [1, 2, 3, 4, 5, 6]
    assert found.problems


def test_epochs_that_hold_several_values_are_no_steps():
    rows = [{"epoch": 1 + n // 3, "loss": 2.0 - n / 10} for n in range(9)]
    assert "without a usable step" in str(History.from_trainer_state({"log_history": rows}).problems)


cell = st.none() | st.integers(-5, 700) | st.floats(allow_nan=True) | st.text(max_size=4)
name = st.sampled_from(["step", "epoch", "loss", "train_loss", "val_loss", "eval_loss", "val_acc", "x"])


@given(st.lists(st.dictionaries(name, cell, max_size=5), max_size=8))
def test_rows_of_any_kind_are_read_or_told(rows):
    found = History.from_trainer_state({"log_history": rows})
    assert all(
        isinstance(step, int) and isinstance(loss, float) for step, loss in [*found.train, *found.eval]
    )
