"""A name that is taken, and a run that goes on where it was cut off."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from transformers import TrainerCallback

import ftkit
from ftkit.errors import IdentityError, RunError, RunExistsError
from ftkit.runfolder import History, RunFolder
from ftkit.training.existing import check_existing, last_checkpoint
from tests.tiny import tiny_model
from tests.training import made_trainer
from tests.training.made_trainer import make_trainer, rows, state

SCRIPT = """
import os, sys
sys.path.insert(0, {root!r})
from pathlib import Path
from tests.training.made_trainer import make_trainer
from transformers import TrainerCallback
import ftkit

class Die(TrainerCallback):
    def on_step_begin(self, args, state, control, **kwargs):
        if state.global_step == 5:
            os.kill(os.getpid(), 9)

trainer = make_trainer(Path({model!r}), callbacks=[Die()])
ftkit.follow(trainer, run="one")
trainer.train()
"""


class StopAt(TrainerCallback):
    def __init__(self, step):
        self.step = step

    def on_step_end(self, args, trainer_state, flags, **kwargs):
        if trainer_state.global_step == self.step:
            os.kill(os.getpid(), signal.SIGINT)


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def started(name="one", ended="stopped", checkpoints=(2,)):
    run = RunFolder(name)
    run.begin()
    for step in checkpoints:
        folder = run.checkpoints / f"checkpoint-{step}"
        folder.mkdir(parents=True)
        (folder / "trainer_state.json").write_text("{}")
    run.set_state(ended)
    return run


def test_a_new_name_passes_and_leaves_no_trace():
    run = RunFolder("one")
    check_existing(run, "ask", run.checkpoints)
    assert not run.path.exists()


@pytest.mark.parametrize("ended", ["stopped", "failed", "interrupted"])
def test_a_name_that_is_taken_asks(ended):
    run = started(ended=ended)
    with pytest.raises(
        RunExistsError, match=r"nothing was trained.*resume_from_checkpoint=True.*one-2"
    ) as taken:
        check_existing(run, "ask", run.checkpoints)
    assert taken.value.choices == ("resume", "overwrite")
    check_existing(run, "resume", run.checkpoints)
    check_existing(run, "overwrite", run.checkpoints)


def test_a_finished_run_asks_and_cannot_be_resumed():
    run = started("pirate-1", ended="finished")
    for existing in ("ask", "resume"):
        with pytest.raises(RunExistsError, match="pirate-2") as taken:
            check_existing(run, existing, run.checkpoints)
        assert taken.value.choices == ("overwrite",)


def test_without_a_checkpoint_there_is_nothing_to_resume():
    run = started(checkpoints=())
    with pytest.raises(RunExistsError, match="no checkpoint"):
        check_existing(run, "resume", run.checkpoints)
    with pytest.raises(RunError, match="no run 'two' to resume"):
        check_existing(RunFolder("two"), "resume", run.checkpoints)


def test_a_run_that_trains_right_now_is_left_alone():
    run = started()
    run.begin(2)
    for existing in ("ask", "resume", "overwrite"):
        with pytest.raises(RunError, match="being trained right now"):
            check_existing(run, existing, run.checkpoints)


def test_nonsense_is_named():
    with pytest.raises(RunError, match="existing='maybe'"):
        check_existing(RunFolder("one"), "maybe", Path())


def test_half_written_checkpoints_are_cleared_away_for_a_resume_only():
    run = started()
    half = run.checkpoints / "checkpoint-4"
    half.mkdir()
    (half / "adapter_model.safetensors").write_text("")
    (run.checkpoints / "notes").mkdir()
    with pytest.raises(RunExistsError):
        check_existing(run, "ask", run.checkpoints)
    assert half.exists()
    assert last_checkpoint(run.checkpoints).name == "checkpoint-2"
    assert not half.exists()
    assert (run.checkpoints / "notes").exists()


def test_a_half_written_checkpoint_alone_is_not_offered():
    run = started(checkpoints=())
    half = run.checkpoints / "checkpoint-4"
    half.mkdir(parents=True)
    with pytest.raises(RunExistsError) as taken:
        check_existing(run, "ask", run.checkpoints)
    assert taken.value.choices == ("overwrite",)
    assert half.exists()


def test_a_killed_run_asks_and_then_reads_as_if_it_had_never_been(tiny_model_folder):
    root = str(Path(__file__).parents[2])
    Path("script.py").write_text(SCRIPT.format(root=root, model=str(tiny_model_folder)))
    done = subprocess.run([sys.executable, "script.py"], capture_output=True, text=True, check=False)
    assert done.returncode == -signal.SIGKILL
    assert state()["state"] == "running"
    assert RunFolder("one").state()["state"] == "interrupted"
    before = Path("ftkit-runs/one/metrics.jsonl").read_text()
    assert '"step": 5' in before, "this row lies beyond the checkpoint and will be trained again"
    logits = Path("ftkit-runs/one/base_logits.safetensors").read_bytes()

    trainer = make_trainer(tiny_model_folder)
    with pytest.raises(RunExistsError):
        ftkit.follow(trainer, run="one")
    assert Path("ftkit-runs/one/metrics.jsonl").read_text() == before
    # As after a kill in the middle of saving.
    (Path("ftkit-runs/one/checkpoints/checkpoint-5")).mkdir()

    ftkit.follow(trainer, run="one", existing="resume")
    trainer.train(resume_from_checkpoint=True)
    whole = make_trainer(tiny_model_folder, "whole")
    ftkit.follow(whole, run="whole")
    whole.train()

    resumed, uninterrupted = History.from_run("one"), History.from_run("whole")
    assert [step for step, _ in resumed.train] == list(range(1, 9))
    assert dict(resumed.train) == pytest.approx(dict(uninterrupted.train), abs=1e-6)
    assert dict(resumed.eval) == pytest.approx(dict(uninterrupted.eval), abs=1e-6)
    assert [step for step, _ in resumed.eval] == [0, 2, 4, 6, 8]
    assert resumed.evaluations.keys() == uninterrupted.evaluations.keys()
    tokens = [
        [row["num_tokens"] for row in found.rows if "num_tokens" in row] for found in (resumed, uninterrupted)
    ]
    assert tokens[0] == tokens[1]
    found = state()
    assert (found["state"], found["attempt"]) == ("finished", 2)
    assert found["attempts"] == [{"attempt": 1, "from_step": 0}, {"attempt": 2, "from_step": 4}]
    assert Path("ftkit-runs/one/base_logits.safetensors").read_bytes() == logits


def test_a_stopped_run_goes_on_between_two_log_rows(tiny_model_folder):
    """Stopped at step 3, logged every second step: the windows of averaging have to meet."""
    cadence = {"logging_steps": 2, "eval_steps": 4, "save_steps": 4, "max_steps": 6}
    first = make_trainer(tiny_model_folder, callbacks=[StopAt(3)], **cadence)
    ftkit.follow(first, run="one")
    first.train()
    second = make_trainer(tiny_model_folder, **cadence)
    ftkit.follow(second, run="one", existing="resume")
    second.train(resume_from_checkpoint=True)
    history = History.from_run("one")
    assert [step for step, _ in history.train] == [2, 3, 4, 6]
    assert [step for step, _ in history.eval] == [0, 3, 4, 6]
    every = make_trainer(tiny_model_folder, "every", **{**cadence, "logging_steps": 1})
    every.train()
    single = {row["step"]: row["loss"] for row in every.state.log_history if "loss" in row}
    assert history.train[1][1] == pytest.approx(single[3], abs=1e-6)
    assert history.train[2][1] == pytest.approx(single[4], abs=1e-6)
    assert history.train[3][1] == pytest.approx((single[5] + single[6]) / 2, abs=1e-6)


def test_overwriting_starts_anew(tiny_model_folder):
    run = started()
    run.append_metrics({"attempt": 1, "step": 99, "loss": 1.0})
    trainer = make_trainer(tiny_model_folder, max_steps=1)
    ftkit.follow(trainer, run="one", existing="overwrite")
    assert run.checkpoints.exists(), "nothing is removed before the training begins"
    trainer.train()
    assert {row["step"] for row in rows("one", "metrics.jsonl")} == {0, 1}
    assert {row["attempt"] for row in rows("one", "metrics.jsonl")} == {2}


def test_follow_and_train_have_to_agree(tiny_model_folder):
    run = started()
    trainer = make_trainer(tiny_model_folder, max_steps=1)
    ftkit.follow(trainer, run="one", existing="resume")
    with pytest.raises(RunError, match="resume_from_checkpoint=True"):
        trainer.train()
    assert run.state()["attempt"] == 1
    run.begin()
    run.set_state("stopped")
    ftkit.follow(trainer, run="one", existing="overwrite")
    trainer.train()
    trainer = make_trainer(tiny_model_folder, max_steps=1)
    ftkit.follow(trainer, run="two")
    with pytest.raises(RunError, match="follow was not told"):
        trainer.train(resume_from_checkpoint=True)
    assert not RunFolder("two").exists()


def test_the_processes_clock_is_not_waited_for():
    began = time.monotonic()
    for _ in range(20):
        started(f"run-{_}").state()
    assert time.monotonic() - began < 5


def test_two_trainers_of_one_name_do_not_replace_each_other(tiny_model_folder):
    first, second = (make_trainer(tiny_model_folder, max_steps=2) for _ in range(2))
    ftkit.follow(first, run="one")
    ftkit.follow(second, run="one")
    first.train()
    with pytest.raises(RunExistsError, match=r"here already \(finished\)"):
        second.train()
    assert state()["attempt"] == 1
    assert state()["state"] == "finished"


def test_following_afterwards_is_refused(tiny_model_folder):
    trainer = make_trainer(tiny_model_folder, max_steps=2)
    trainer.train()
    with pytest.raises(RunError, match=r"before trainer\.train"):
        ftkit.follow(trainer, run="one")
    assert not RunFolder("one").exists()


def test_a_folder_of_the_persons_is_not_cleared(tiny_model_folder):
    Path("mine").mkdir()
    Path("mine/thesis.txt").write_text("my life's work")
    with pytest.raises(RunError, match="a training would clear it away"):
        ftkit.follow(make_trainer(tiny_model_folder), run="mine/")
    assert [entry.name for entry in Path("mine").iterdir()] == ["thesis.txt"]


def stopped_at_three(model_folder):
    trainer = make_trainer(model_folder, callbacks=[StopAt(3)])
    ftkit.follow(trainer, run="one")
    trainer.train()
    assert state()["state"] == "stopped"


def resumed(trainer):
    ftkit.follow(trainer, run="one", existing="resume")
    trainer.train(resume_from_checkpoint=True)


def test_another_base_is_not_slipped_under_a_resumed_run(tiny_model_folder, tmp_path):
    stopped_at_three(tiny_model_folder)
    other = tiny_model(tmp_path / "other", seed=5)
    with pytest.raises(IdentityError, match="base model does not answer as it did"):
        resumed(make_trainer(other))
    assert state()["attempt"] == 1


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"lr_scheduler_type": "constant"}, r"lr_scheduler_type \(linear then, constant now\)"),
        ({"warmup_steps": 3}, r"warmup_steps \(1 then, 3 now\)"),
        ({"per_device_train_batch_size": 2}, r"the batch \(4 examples then, 2 now\)"),
    ],
)
def test_one_run_has_one_schedule_and_one_batch(tiny_model_folder, changed, told):
    stopped_at_three(tiny_model_folder)
    with pytest.raises(RunError, match=told):
        resumed(make_trainer(tiny_model_folder, **changed))


def test_the_same_batch_in_other_pieces_goes_on(tiny_model_folder):
    stopped_at_three(tiny_model_folder)
    resumed(make_trainer(tiny_model_folder, per_device_train_batch_size=2, gradient_accumulation_steps=2))
    assert RunFolder("one").state()["state"] == "finished"


def test_a_learning_rate_that_would_not_be_used_is_not_recorded(tiny_model_folder):
    stopped_at_three(tiny_model_folder)
    with pytest.raises(RunError, match=r"learning_rate \(0.005 then, 0.0001 now\).*Nothing was trained"):
        resumed(make_trainer(tiny_model_folder, learning_rate=1e-4))
    assert RunFolder("one").actual()["arguments"]["learning_rate"] == 5e-3


def test_a_resumed_run_keeps_its_held_out_rows_and_says_where_the_others_changed(
    tiny_model_folder, monkeypatch
):
    stopped_at_three(tiny_model_folder)
    held_out = made_trainer.HELD_OUT
    monkeypatch.setattr(made_trainer, "HELD_OUT", held_out[1:])
    with pytest.raises(RunError, match="held-out rows"):
        resumed(make_trainer(tiny_model_folder))
    monkeypatch.setattr(made_trainer, "HELD_OUT", held_out)
    monkeypatch.setattr(made_trainer, "TRAIN", made_trainer.TRAIN[1:])
    with pytest.warns(UserWarning, match="training rows are not those"):
        resumed(make_trainer(tiny_model_folder))
    assert "not those" in RunFolder("one").actual()["base_check"]["note"]
