"""Whatever a history is handed over as, it is diagnosed or refused in plain words."""

from __future__ import annotations

import json
import math
import sys
from types import SimpleNamespace

import pytest

from ftkit.cli.runs import answer_diagnose
from ftkit.diagnosis import diagnose, should_stop
from ftkit.diagnosis.source import folder_of
from ftkit.errors import RunError
from ftkit.runfolder import RunFolder
from tests.diagnosis.made_up import by_heart, history, overfit

MADE = history(overfit, by_heart)
LOG = [{"step": step, "loss": loss} for step, loss in MADE.train]
LOG += [{"step": step, "eval_loss": loss} for step, loss in MADE.eval]
STATE = {"log_history": LOG, "max_steps": 60, "num_train_epochs": sys.maxsize, "global_step": 60}


def test_a_stream_without_end_has_no_epochs_and_is_diagnosed():
    found = diagnose(STATE)
    assert found.verdict == "overfitting"
    assert "FT110" in {look.code for look in found.not_applicable}


@pytest.mark.parametrize(
    "source",
    [LOG, tuple(LOG), SimpleNamespace(**STATE), SimpleNamespace(state=SimpleNamespace(**STATE)),
     SimpleNamespace(history={"loss": MADE.train, "val_loss": MADE.eval})],
)  # fmt: skip
def test_a_log_and_what_holds_one_are_read(source):
    assert diagnose(source).verdict == "overfitting"
    assert should_stop(source)[0] in (True, False)


@pytest.mark.parametrize("ends", [{"train_runtime": 1.0}, {"train_loss": 1.0}])
def test_a_run_that_stopped_early_is_over(ends):
    state = {**STATE, "max_steps": 100}
    going = diagnose(state)
    assert any("still going" in look.why for look in going.not_applicable)
    over = diagnose({**state, "log_history": [*LOG, {"step": 60, **ends}]})
    assert not any("still going" in look.why for look in over.not_applicable)


@pytest.mark.parametrize(
    "source",
    [None, b"pirate-1", 3, 2.5, True, [1.0, 2.0], [[1, 2.0]], object(), {"a": 1}, {1, 2}, {},
     "~nobodyxyz/run", "a" * 5000, "x/" + "a" * 5000, "\0", "missing.json"],
)  # fmt: skip
def test_what_is_no_history_is_refused_with_what_is_accepted(source, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(RunError) as refused:
        diagnose(source)
    assert refused.value.remedy
    assert len(str(refused.value)) < 500


@pytest.mark.parametrize("path", ["~nobodyxyz/run", "x/" + "a" * 5000])
def test_a_path_that_cannot_be_is_no_run_folder(path):
    with pytest.raises(RunError, match="cannot be the path"):
        RunFolder(path)


def answered(source):
    return answer_diagnose(SimpleNamespace(source=str(source))).document


def test_the_terminal_reads_a_checkpoint_folder(tmp_path):
    checkpoint = tmp_path / "checkpoint-1000"
    checkpoint.mkdir()
    (checkpoint / "trainer_state.json").write_text(json.dumps(STATE))
    assert answered(checkpoint)["verdict"] == "overfitting"
    assert diagnose(checkpoint).verdict == "overfitting"
    with pytest.raises(RunError, match="checkpoint-1000"):
        diagnose(tmp_path)


def test_a_checkpoint_folder_here_is_no_run_of_the_same_name(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    RunFolder("out").begin()
    for name in ("out", "my out"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "trainer_state.json").write_text(json.dumps(STATE))
        assert folder_of(name) is None
        assert diagnose(name).verdict == "overfitting"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize(
    "content",
    [LOG, STATE, {"train": {str(s): v for s, v in MADE.train}, "eval": {str(s): v for s, v in MADE.eval}}],
)
def test_a_file_holds_a_state_a_log_or_series(tmp_path, content, encoding):
    file = tmp_path / "curve.json"
    file.write_text(json.dumps(content), encoding=encoding)
    assert answered(file)["verdict"] == "overfitting"


@pytest.mark.parametrize("content", ["", "3", "[1, 2]", "null", "{}", "{", "\x00"])
def test_a_file_without_a_history_is_refused(tmp_path, content):
    file = tmp_path / "curve.json"
    file.write_text(content)
    with pytest.raises(RunError):
        answered(file)


@pytest.mark.parametrize("value", [math.nan, math.inf])
def test_the_document_holds_no_nan(value):
    rows = [{"step": step, "reward": value, "eval_reward": 1.0 if step % 2 else value} for step in range(8)]
    found = diagnose({"log_history": rows})
    json.dumps(found.to_json(), allow_nan=False)
    assert "nan" not in found.sentence
    assert "inf" not in found.sentence
    json.dumps(diagnose({"train": [1.0, value] * 4, "eval": [1.0, value] * 4}).to_json(), allow_nan=False)


def test_what_was_left_out_is_told():
    found = diagnose({"train": MADE.train, "eval": [*MADE.eval[:3], None, *MADE.eval[3:]]})
    assert "hold no number" in found.remarks[0]
    assert found.remarks[0] in str(found)
    assert found.to_json()["remarks"] == list(found.remarks)
    many = diagnose({"log_history": [*LOG, *[{"loss": 1.0}] * 50]}).to_json()["remarks"]
    assert len(many) == 11
    assert "40 more" in many[-1]


def test_a_whole_number_of_thousands_of_digits_is_no_step(tmp_path):
    file = tmp_path / "curve.json"
    file.write_text('{"log_history": [{"step": ' + "9" * 5000 + ', "loss": 1.0}]}')
    assert answered(file)["verdict"] == "not-enough-evidence"


def test_numbers_at_the_end_of_what_there_is_are_no_error(tmp_path):
    file = tmp_path / "curve.json"
    rows = [{"step": step, "loss": 1.0, "eval_loss": 2.0 + 0.2 * abs(step - 3)} for step in range(12)]
    metric = '"eval_accuracy": 1' + "0" * 320
    file.write_text(json.dumps({"log_history": rows}).replace('"loss": 1.0', f'"loss": 1.0, {metric}'))
    assert "verdict" in answered(file)
    largest = {"train": [1.0] * 9, "eval": [1e170, 5e170, 3e170, 1e170, 2e170, 9e170]}
    json.dumps(diagnose(largest).to_json(), allow_nan=False)
