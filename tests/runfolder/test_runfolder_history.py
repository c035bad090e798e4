"""Curves from run folders, Trainer states and lists; junk is named, never believed."""

from __future__ import annotations

import json
import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ftkit.errors import RunError
from ftkit.runfolder import History, RunFolder, runs

JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)
KEYS = st.sampled_from(
    ["step", "attempt", "loss", "eval_loss", "base_loss", "grad_norm", "learning_rate", "row", "tokens"]
)
ROWS = st.lists(JUNK | st.dictionaries(KEYS, JUNK, max_size=6), max_size=12)


def run_with(tmp_path, rows, **actual):
    run = RunFolder("one", tmp_path)
    run.begin()
    run.write_json("actual.json", actual)
    for row in rows:
        run.append_metrics(row)
    return run


def test_the_base_is_what_was_measured_apart_or_else_the_evaluation_before_the_first_step(tmp_path):
    rows = [
        {"attempt": 1, "step": 0, "base_loss": 2.0},
        {"attempt": 1, "step": 0, "eval_loss": 4.0},
        {"attempt": 1, "step": 2, "eval_loss": 1.5},
        {"attempt": 2, "step": 2, "eval_loss": 1.4},
    ]
    run = run_with(tmp_path, rows)
    run.append_evaluations(
        [
            {"attempt": 1, "step": 0, "row": "a", "base_loss": 6.0, "tokens": 3},
            {"attempt": 1, "step": 0, "row": "a", "loss": 12.0, "tokens": 3},
        ]
    )
    found = History.from_run(run)
    assert found.base_loss == 2.0
    assert found.eval == [(0, 4.0), (2, 1.4)]
    assert found.base_evaluations == {"a": (6.0, 3)}
    assert found.evaluations == {0: {"a": (12.0, 3)}}
    assert found.problems == []
    assert runs(tmp_path)[0].base_loss == 2.0
    assert History.from_rows(rows[1:]).base_loss == 4.0
    assert History.from_rows(rows[2:]).base_loss is None


def test_a_base_loss_that_is_no_number_is_a_problem_and_not_a_base():
    found = History.from_rows([{"step": 0, "base_loss": "NaN"}, {"step": 0, "eval_loss": 3.0}])
    assert found.base_loss == 3.0
    assert "base_loss" in found.problems[0]


def test_a_run_reads_as_two_curves(tmp_path):
    rows = [
        {"attempt": 1, "step": 0, "eval_loss": 3.0},
        {"attempt": 1, "step": 2, "loss": 2.5, "learning_rate": 1e-3, "grad_norm": 1.0},
        {"attempt": 1, "step": 2, "eval_loss": 2.4},
    ]
    history = History.from_run(run_with(tmp_path, rows, total_steps=10, warmup_steps=1, epochs=2.0))
    assert history.train == [(2, 2.5)]
    assert history.eval == [(0, 3.0), (2, 2.4)]
    assert history.learning_rate == [(2, 1e-3)]
    assert (history.total_steps, history.warmup_steps, history.epochs) == (10, 1, 2.0)
    assert history.last_step == 2
    assert history.problems == []


@pytest.mark.parametrize("noted", [True, False])
def test_a_resumed_run_reads_without_gap_or_doubling(tmp_path, noted):
    run = RunFolder("one", tmp_path)
    run.begin()
    for step in range(1, 8):
        run.append_metrics({"attempt": 1, "step": step, "loss": 10.0 + step})
    run.append_metrics({"attempt": 1, "step": 5, "eval_loss": 1.0})
    run.append_evaluations([{"attempt": 1, "step": 5, "row": "a", "loss": 4.0, "tokens": 4}])
    run.append_evaluations([{"attempt": 1, "step": 7, "row": "a", "loss": 9.0, "tokens": 4}])
    run.begin(from_step=5)
    run.append_metrics({"attempt": 2, "step": 5, "eval_loss": 1.0})
    run.append_metrics({"attempt": 2, "step": 6, "loss": 6.0})
    run.append_evaluations([{"attempt": 2, "step": 6, "row": "a", "loss": 3.0, "tokens": 4}])
    if not noted:
        (run.path / "state.json").write_text('{"state": "stopped"}')
    history = History.from_run(run)
    assert history.train == [(step, 10.0 + step) for step in range(1, 6)] + [(6, 6.0)]
    assert history.eval == [(5, 1.0)]
    assert history.evaluations == {5: {"a": (4.0, 4)}, 6: {"a": (3.0, 4)}}


def test_going_back_twice_keeps_the_last_word(tmp_path):
    run = RunFolder("one", tmp_path)
    for start, steps in ((0, range(1, 9)), (6, range(7, 10)), (3, range(4, 6))):
        attempt = run.begin(from_step=start)
        for step in steps:
            run.append_metrics({"attempt": attempt, "step": step, "loss": float(attempt)})
    assert History.from_run(run).train == [(1, 1.0), (2, 1.0), (3, 1.0), (4, 3.0), (5, 3.0)]


def test_a_missing_run_is_named(tmp_path):
    with pytest.raises(RunError, match="no run"):
        History.from_run(tmp_path / "none")


def test_nan_is_kept_because_it_is_evidence(tmp_path):
    run = run_with(tmp_path, [{"attempt": 1, "step": 1, "loss": math.nan}])
    assert math.isnan(History.from_run(run).train[0][1])


def test_a_trainer_state_reads_from_file_folder_and_dict(tmp_path):
    state = {"max_steps": 9, "num_train_epochs": 3, "log_history": [{"step": 1, "loss": 2.0, "epoch": 0.3}]}
    (tmp_path / "trainer_state.json").write_text(json.dumps(state))
    for source in (state, tmp_path, tmp_path / "trainer_state.json"):
        history = History.from_trainer_state(source)
        assert history.train == [(1, 2.0)]
        assert (history.total_steps, history.epochs) == (9, 3.0)


@pytest.mark.parametrize("state", [{}, {"log_history": 3}, {"log_history": "abc"}, "/nowhere.json"])
def test_what_is_no_trainer_state_is_refused(state):
    with pytest.raises(RunError):
        History.from_trainer_state(state)


def test_series_come_as_lists_pairs_or_mappings():
    history = History.from_series({"train": [3, 2], "eval": {0: 3.5, 2: 2.5}, "learning_rate": [(1, 0.1)]})
    assert history.train == [(1, 3.0), (2, 2.0)]
    assert history.eval == [(0, 3.5), (2, 2.5)]
    assert history.learning_rate == [(1, 0.1)]


@pytest.mark.parametrize(
    "series", [{"train": 3}, {"train": "abc"}, {"train": [(1,)]}, {"eval": [None]}, {"train": {-1: 2}}, [1]]
)
def test_what_is_no_series_is_refused(series):
    with pytest.raises(RunError):
        History.from_series(series)


def assert_sound(history):
    for points in (history.train, history.eval, history.learning_rate, history.grad_norm):
        steps = [step for step, _ in points]
        assert steps == sorted(set(steps))
        assert all(isinstance(step, int) and isinstance(value, float) for step, value in points)
    assert all(isinstance(problem, str) for problem in history.problems)


@given(rows=ROWS, more=JUNK, total=JUNK)
@settings(max_examples=150)
def test_any_junk_in_a_run_folder_is_survived(tmp_path_factory, rows, more, total):
    run = RunFolder("one", tmp_path_factory.mktemp("junk"))
    run.begin()
    run.write_json("actual.json", {"total_steps": total, "epochs": more, "warmup_steps": more})
    for name in ("metrics.jsonl", "evaluations.jsonl"):
        (run.path / name).write_text(
            "".join(json.dumps(row) + "\n" for row in rows) + json.dumps(more), encoding="utf-8"
        )
    run.write_json("state.json", {"attempts": more, "state": total, "attempt": total})
    assert_sound(History.from_run(run))


@given(content=st.binary(max_size=200))
@settings(max_examples=100)
def test_any_bytes_in_the_files_are_survived(tmp_path_factory, content):
    run = RunFolder("one", tmp_path_factory.mktemp("bytes"))
    run.begin()
    for name in ("metrics.jsonl", "evaluations.jsonl", "actual.json", "state.json"):
        (run.path / name).write_bytes(content)
    assert_sound(History.from_run(run))


@given(state=JUNK)
@settings(max_examples=150)
def test_any_trainer_state_is_read_or_refused(state):
    for candidate in (state, {"log_history": state}, {"log_history": [state], "max_steps": state}):
        if isinstance(candidate, str):
            continue
        try:
            history = History.from_trainer_state(candidate)
        except RunError:
            continue
        assert_sound(history)


@given(series=st.dictionaries(st.sampled_from(["train", "eval", "loss", "grad_norm", "epochs"]), JUNK))
@settings(max_examples=150)
def test_any_series_is_read_or_refused(series):
    try:
        history = History.from_series(series)
    except RunError:
        return
    assert_sound(history)


@pytest.mark.slow
def test_a_million_steps_are_read(tmp_path):
    run = RunFolder("one", tmp_path)
    run.begin()
    with (run.path / "metrics.jsonl").open("w") as file:
        file.writelines(f'{{"attempt": 1, "step": {step}, "loss": 1.5}}\n' for step in range(1, 1_000_001))
    history = History.from_run(run)
    assert len(history.train) == 1_000_000


def test_a_history_as_it_stood_at_an_earlier_step():
    log = [
        {"step": step, "loss": 1.0 / step, "grad_norm": 1.0, "learning_rate": 1e-4} for step in (1, 2, 3, 4)
    ]
    log += [{"step": step, "eval_loss": 2.0 - step / 10} for step in (2, 4)]
    state = {"max_steps": 9, "num_train_epochs": 3}
    whole, half = (
        History.from_trainer_state({**state, "log_history": kept}) for kept in (log, log[:2] + log[4:5])
    )
    whole.add_evaluations({"step": step, "row": "a", "loss": 1.0, "tokens": 3, "sure": 1} for step in (2, 4))
    half.add_evaluations([{"step": 2, "row": "a", "loss": 1.0, "tokens": 3, "sure": 1}])
    assert whole.until(2) == half
    assert whole.until(4) == whole
