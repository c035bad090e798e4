"""What a Trainer's state says beside its losses: epochs, the end, the best step, several evaluation sets."""

from __future__ import annotations

import json
import math
import sys
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ftkit.errors import RunError
from ftkit.runfolder import History


def log(steps=(100, 200, 300), **eval_metrics):
    rows = [{"step": step, "loss": 3.0 - step / 1000, "epoch": step / 200} for step in steps]
    for step in steps:
        row = {"step": step, "eval_loss": 3.1 - step / 1000, "epoch": step / 200}
        rows.append(row | {name: values[step] for name, values in eval_metrics.items()})
    return rows


SUMMARY = {"step": 300, "train_runtime": 12.0, "train_loss": 2.5, "epoch": 1.5}


@pytest.mark.parametrize("given", [sys.maxsize, math.inf, math.nan, 2e6, -1, 0, None, "many", 10**400])
def test_epochs_that_cannot_be_are_taken_from_the_log_or_unknown(given):
    state = {"max_steps": 1000, "num_train_epochs": given}
    assert History.from_trainer_state({**state, "log_history": log()}).epochs == 5.0
    without = [{"step": 1, "loss": 2.0}]
    assert History.from_trainer_state({**state, "log_history": without}).epochs is None
    assert History.from_series({"train": [2.0, 1.0], "epochs": given}).epochs is None


@pytest.mark.parametrize(
    ("epoch", "step", "total", "given", "epochs"),
    [
        (0.15, 500, 500, 1, 0.15),  # ended by max_steps
        (0.045, 150, 500, 1, 0.15),
        (3.0, 300, 300, 3, 3.0),
        (2.97, 300, 300, 3, 3.0),  # the last batch was not full
        (0.02, 10, 1875, 3, 3.0),  # two digits so early say little
        (0.5, 300, 300, 1, 0.5),  # num_train_epochs=0.5 is rounded up
        (1e300, 3, 300, 3, 3.0),
    ],
)
def test_the_logged_epoch_says_how_many_there_are(epoch, step, total, given, epochs):
    rows = [{"step": step, "loss": 2.0, "epoch": epoch}]
    state = {"max_steps": total, "num_train_epochs": given, "log_history": rows}
    assert History.from_trainer_state(state).epochs == pytest.approx(epochs)


def test_a_summary_that_is_last_says_that_the_run_is_over():
    state = {"max_steps": 1000, "global_step": 300}
    assert History.from_trainer_state({**state, "log_history": log()}).ended is None
    assert History.from_trainer_state({**state, "log_history": [*log(), SUMMARY]}).ended is True
    after = [*log(), SUMMARY, {"step": 300, "eval_loss": 2.0}]
    assert History.from_trainer_state({**state, "log_history": after}).ended is True


def test_a_summary_of_before_a_resumption_says_nothing():
    rows = [*log(), SUMMARY, {"step": 400, "loss": 2.0}]
    assert History.from_trainer_state({"max_steps": 1000, "log_history": rows}).ended is None
    state = {"max_steps": 1000, "global_step": 350, "log_history": rows[:-1]}
    assert History.from_trainer_state(state).ended is None


def test_the_steps_say_that_it_is_over_and_a_control_that_may_be_of_before_does_not():
    state = {"max_steps": 310, "global_step": 310, "log_history": log()}
    assert History.from_trainer_state(state).ended is True
    assert History.from_trainer_state(state).until(200).ended is None
    # What a run that was stopped left in its checkpoint is still there when that is gone on from.
    control = {"TrainerControl": {"args": {"should_training_stop": True}}}
    state = {"max_steps": 1000, "global_step": 300, "stateful_callbacks": control, "log_history": log()}
    assert History.from_trainer_state(state).ended is None


def test_an_evaluation_of_the_loaded_best_model_does_not_hide_the_end():
    rows = [*log(), SUMMARY, {"step": 300, "eval_loss": 1.0}]
    found = History.from_trainer_state({"log_history": rows})
    assert found.eval[-1] == (300, pytest.approx(2.8))
    assert "after the end" in found.problems[0]
    only = [row for row in rows if row["step"] != 300 or "eval_loss" not in row] + rows[-1:]
    assert History.from_trainer_state({"log_history": only}).eval[-1] == (300, 1.0)


def test_nor_where_the_last_step_had_not_been_evaluated():
    """The steps between evaluations need not divide the run."""
    rows = [*log((100, 200)), {"step": 250, "loss": 2.7}, SUMMARY | {"step": 250}]
    again = {"step": 250, "eval_loss": 2.9 * (1 + 1e-7), "eval_runtime": 1.0}
    found = History.from_trainer_state({"log_history": [*rows, again]})
    assert [step for step, _ in found.eval] == [100, 200]
    assert "after the end" in found.problems[0]


ACCURACY = {100: 0.5, 200: 0.9, 300: 0.8}


@pytest.mark.parametrize(
    "best", [{"best_global_step": 200}, {"best_model_checkpoint": "out/checkpoint-200"},
             {"best_global_step": None, "best_model_checkpoint": "C:\\out\\checkpoint-200\\"}]
)  # fmt: skip
@pytest.mark.parametrize("other", [ACCURACY, {100: 0.95, 200: 0.9, 300: 0.99}])
def test_the_best_step_is_the_trainers_own(best, other):
    rows = log(eval_accuracy=ACCURACY, eval_f1=other)
    found = History.from_trainer_state({"best_metric": 0.9, **best, "log_history": rows})
    assert found.kept.step == 200
    assert found.kept.higher
    assert found.measure.best[0] == 200
    assert found.until(100).kept.step == 100


def test_the_name_in_the_arguments_decides_between_equal_metrics():
    rows = log(eval_accuracy=ACCURACY, eval_f1=ACCURACY)
    state = SimpleNamespace(log_history=rows, best_metric=0.9, best_global_step=200)
    args = SimpleNamespace(metric_for_best_model="f1", greater_is_better=True)
    found = History.from_trainer_state(SimpleNamespace(state=state, args=args))
    assert found.kept.metric == "eval_f1"


def test_a_single_evaluation_takes_the_direction_from_the_name():
    rows = log((100,), eval_wer={100: 0.3})
    found = History.from_trainer_state({"best_metric": 0.3, "best_global_step": 100, "log_history": rows})
    assert not found.kept.higher


def sets(steps=(100, 200), **losses):
    return [
        {"step": step, f"eval_{name}_loss": value + step / 1000, f"eval_{name}_runtime": 1.0}
        for step in steps
        for name, value in losses.items()
    ]


def test_several_evaluation_sets_are_read_as_their_mean():
    found = History.from_trainer_state({"log_history": sets(en=1.0, de=2.0)})
    assert found.eval == [(100, pytest.approx(1.6)), (200, pytest.approx(1.7))]
    assert found.metric("en_loss")[1] == [(100, 1.1), (200, 1.2)]
    assert "mean of eval_de_loss, eval_en_loss" in found.problems[0]
    kept = {"best_metric": 1.1, "best_global_step": 100}
    assert (
        History.from_trainer_state({"log_history": sets(en=1.0, de=2.0), **kept}).kept.metric
        == "eval_en_loss"
    )


def test_where_one_set_is_missing_there_is_no_mean():
    found = History.from_trainer_state({"log_history": [*sets(en=1.0, de=2.0), *sets((300,), en=1.0)]})
    assert [step for step, _ in found.eval] == [100, 200]
    assert "the 2 of 3" in found.problems[0]


def test_a_single_plain_loss_among_those_of_several_sets_is_passed_over():
    """Somebody evaluated once by hand."""
    stray = {"step": 500, "eval_loss": 0.1}
    found = History.from_trainer_state({"log_history": [*sets((100, 200, 300, 400), en=1.0, de=2.0), stray]})
    assert [step for step, _ in found.eval] == [100, 200, 300, 400]
    assert any("eval_loss of step 500" in problem for problem in found.problems)
    twice = [*sets((100, 200), en=1.0, de=2.0), stray]
    assert History.from_trainer_state({"log_history": twice}).eval == [(500, 0.1)]


def test_one_set_is_read_in_its_place_and_a_plain_loss_before_all():
    found = History.from_trainer_state({"log_history": sets(en=1.0)})
    assert found.eval == [(100, 1.1), (200, 1.2)]
    assert "eval_en_loss" in found.problems[0]
    both = [*sets(en=1.0), *log()]
    assert len(History.from_trainer_state({"log_history": both}).eval) == 3
    assert History.from_series({"eval_en_loss": [1.0, 2.0], "train": [1.0]}).eval == [(0, 1.0), (1, 2.0)]


def test_two_losses_of_one_evaluation_are_not_averaged():
    rows = [row | {"eval_en_nll_loss": 9.0} for row in sets(en=1.0)]
    assert History.from_trainer_state({"log_history": rows}).eval == [(100, 1.1), (200, 1.2)]


def test_numbers_of_numpy_and_text_are_numbers():
    rows = [{"step": np.int64(1), "loss": np.float32(2.5), "grad_norm": "1.5"}, {"step": "2", "loss": "2"}]
    rows += [{"step": 2, "eval_loss": np.array(1.5), "eval_f1": np.float64(0.5)}, {"step": 3, "loss": None}]
    found = History.from_trainer_state({"log_history": rows, "max_steps": np.int64(9)})
    assert found.train == [(1, 2.5), (2, 2.0)]
    assert found.eval == [(2, 1.5)]
    assert found.grad_norm == [(1, 1.5)]
    assert found.total_steps == 9
    assert type(found.rows[2]["eval_f1"]) is float
    assert "loss at step 3" in found.problems[0]


def test_a_state_comes_as_trainer_object_dict_list_and_file(tmp_path):
    state = {"log_history": log(), "max_steps": 300, "global_step": 300, "num_train_epochs": 2}
    whole = SimpleNamespace(**state)
    (tmp_path / "trainer_state.json").write_text(json.dumps(state), encoding="utf-8-sig")
    expected = History.from_trainer_state(state)
    for source in (whole, SimpleNamespace(state=whole), tmp_path, str(tmp_path / "trainer_state.json")):
        assert History.from_trainer_state(source) == expected
    (tmp_path / "log.json").write_text(json.dumps(log()), encoding="utf-16")
    for source in (log(), tuple(log()), tmp_path / "log.json"):
        assert History.from_trainer_state(source).eval == expected.eval


def test_transformers_own_state_is_read():
    from transformers import TrainerState

    state = TrainerState(log_history=log(), max_steps=300, global_step=300, num_train_epochs=2)
    found = History.from_trainer_state(state)
    assert (found.total_steps, found.ended, found.epochs) == (300, True, 1.5)
    assert History.from_trainer_state(TrainerState()).rows == []


NUMBERS = st.none() | st.floats() | st.integers() | st.text(max_size=4)
STATES = st.fixed_dictionaries(
    {
        "log_history": st.lists(
            st.dictionaries(
                st.sampled_from(
                    [
                        "step",
                        "loss",
                        "eval_loss",
                        "eval_en_loss",
                        "eval_de_loss",
                        "epoch",
                        "train_runtime",
                        "eval_f1",
                        "eval_en_runtime",
                    ]
                ),
                NUMBERS | st.integers(0, 4),
            )
            | NUMBERS,
            max_size=8,
        )
    },
    optional={
        "max_steps": NUMBERS,
        "global_step": NUMBERS | st.integers(0, 4),
        "num_train_epochs": NUMBERS,
        "best_metric": NUMBERS | st.integers(0, 4),
        "best_global_step": NUMBERS | st.integers(0, 4),
        "best_model_checkpoint": st.text(max_size=9) | st.just("a/checkpoint-2") | NUMBERS,
        "stateful_callbacks": NUMBERS | st.dictionaries(st.text(max_size=3), NUMBERS),
        "metric_for_best_model": NUMBERS | st.just("f1"),
    },
)


@given(STATES)
@settings(max_examples=300)
def test_any_state_is_read(state):
    found = History.from_trainer_state(state)
    assert found.epochs is None or 0 < found.epochs <= 1e6
    assert found.kept is None or math.isfinite(found.kept.value)
    assert found.ended in (None, True)


@pytest.mark.parametrize(
    "state", [None, b"", 3, [1.0], {"log_history": None}, SimpleNamespace(state=3), History]
)
def test_anything_else_is_refused(state):
    with pytest.raises(RunError):
        History.from_trainer_state(state)
