"""Stop, abort and questions while the training keeps the thread busy: every way in, and no trace left."""

from __future__ import annotations

import json
import os
import signal
import threading
from pathlib import Path

import pytest
from transformers import TrainerCallback

import ftkit
from ftkit.notebook import control
from ftkit.runfolder import History, RunFolder
from ftkit.training.stop import Wishes
from tests.training.made_trainer import losses, make_trainer, rows, state


class At(TrainerCallback):
    """Does something when a step has ended, before ftkit looks."""

    def __init__(self, step, act):
        self.step, self.act = step, act

    def on_step_end(self, args, trainer_state, flags, **kwargs):
        if trainer_state.global_step == self.step:
            self.act()


@pytest.fixture(autouse=True)
def _handlers_are_as_before(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    before = signal.getsignal(signal.SIGINT)
    yield
    assert signal.getsignal(signal.SIGINT) is before
    assert not control._listeners


def interrupt():
    os.kill(os.getpid(), signal.SIGINT)


def ask_by_file(op, **more):
    return lambda: RunFolder("one").request(op, **more)


WAYS_TO_STOP = {"interrupt": interrupt, "control file": ask_by_file("stop")}


@pytest.mark.parametrize("way", WAYS_TO_STOP)
def test_stop_finishes_the_step_measures_saves_and_keeps(tiny_model_folder, way):
    trainer = make_trainer(tiny_model_folder, callbacks=[At(3, WAYS_TO_STOP[way])])
    ftkit.follow(trainer, run="one")
    trainer.train()
    found = state()
    assert (found["state"], found["step"]) == ("stopped", 3)
    assert "stopped the training after step 3 of 8" in found["why"]
    assert found["stopped_by"] == ("interrupt" if way == "interrupt" else "request")
    assert Path("ftkit-runs/one/checkpoints/checkpoint-3/optimizer.pt").exists()
    assert Path("ftkit-runs/one/adapter/adapter_model.safetensors").exists()
    assert [step for step, _ in History.from_run("one").eval] == [0, 2, 3]
    assert RunFolder("one").verdict()["verdict"]


def test_a_stop_at_the_last_step_is_an_ordinary_end(tiny_model_folder):
    trainer = make_trainer(tiny_model_folder, callbacks=[At(8, ask_by_file("stop"))])
    ftkit.follow(trainer, run="one")
    trainer.train()
    assert state()["state"] == "finished"


def test_a_wish_from_before_the_start_is_not_for_this_attempt(tiny_model_folder):
    RunFolder("one").request("stop")
    trainer = make_trainer(tiny_model_folder, max_steps=2)
    ftkit.follow(trainer, run="one")
    trainer.train()
    assert state()["state"] == "finished"


def test_the_second_interrupt_gives_up_at_once(tiny_model_folder):
    def twice():
        interrupt()
        interrupt()

    trainer = make_trainer(tiny_model_folder, callbacks=[At(3, twice)])
    ftkit.follow(trainer, run="one")
    with pytest.raises(KeyboardInterrupt):
        trainer.train()
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_the_first_interrupt_after_stop_does_not_throw_the_result_away(tiny_model_folder):
    def stop_then_interrupt():
        RunFolder("one").request("stop")
        trainer.callback_handler.callbacks[-1].following.wishes.look()
        interrupt()

    trainer = make_trainer(tiny_model_folder, callbacks=[At(3, stop_then_interrupt)])
    ftkit.follow(trainer, run="one")
    trainer.train()
    assert (state()["state"], state()["stopped_by"]) == ("stopped", "interrupt")


@pytest.mark.parametrize("moment", ["on_step_end", "on_prediction_step", "on_substep_end"])
def test_abort_is_heard_between_any_two_batches(tiny_model_folder, moment):
    class Ask(TrainerCallback):
        pass

    def ask(self, args, trainer_state, flags, **kwargs):
        RunFolder("one").request("abort")

    setattr(Ask, moment, ask)
    trainer = make_trainer(
        tiny_model_folder, callbacks=[Ask()], per_device_train_batch_size=2, gradient_accumulation_steps=2
    )
    ftkit.follow(trainer, run="one")
    with pytest.raises(KeyboardInterrupt):
        trainer.train()
    assert trainer.state.global_step <= 8
    trainer.callback_handler.callbacks[-1].following.fail(KeyboardInterrupt())
    assert state()["state"] == "interrupted"


def test_questions_are_answered_and_change_nothing(tiny_model_folder):
    quiet = make_trainer(tiny_model_folder, "quiet")
    ftkit.follow(quiet, run="quiet")
    quiet.train()

    def ask():
        RunFolder("one").request("sample", prompt="Say <b>red</b> twice.")

    asked = make_trainer(tiny_model_folder, callbacks=[At(2, ask), At(5, ask), At(8, ask)])
    ftkit.follow(asked, run="one")
    asked.train()
    assert losses(asked) == losses(quiet)
    found = rows("one", "samples.jsonl")
    assert [row["step"] for row in found] == [2, 5, 8]
    assert found[0]["prompt"] == "Say <b>red</b> twice."
    assert isinstance(found[0]["answer"], str)
    assert state()["asked_cpu_seconds"] > 0
    same = [
        Path("ftkit-runs", run, "adapter/adapter_model.safetensors").read_bytes() for run in ("one", "quiet")
    ]
    assert same[0] == same[1]


def test_a_question_leaves_modes_and_random_numbers_alone(tiny_model_folder):
    import torch

    from ftkit.training.sample import answer

    trainer = make_trainer(tiny_model_folder)
    model = trainer.model
    model.train()
    next(iter(model.modules())).eval()
    modes = [module.training for module in model.modules()]
    before = torch.get_rng_state()
    answer(model, trainer.processing_class, "Say red twice.", "Be brief.")
    assert [module.training for module in model.modules()] == modes
    assert torch.equal(torch.get_rng_state(), before)


class TestWishes:
    def wishes(self):
        return Wishes(RunFolder("one"))

    def test_only_those_for_this_run_are_heard(self):
        wishes = self.wishes()
        wishes.hear({"op": "stop", "run": "another"})
        assert not wishes.stop
        wishes.hear({"op": "stop", "run": "one"})
        assert wishes.stop

    def test_nonsense_is_not_heard(self):
        wishes = self.wishes()
        for wish in (
            {},
            {"op": "dance"},
            {"op": "sample"},
            {"op": "sample", "prompt": 3},
            {"op": "sample", "prompt": " "},
        ):
            wishes.hear(wish)
        assert not wishes.stop
        assert not wishes.abort
        assert wishes.take_prompts() == []

    def test_a_half_written_file_is_read_at_the_next_look(self):
        wishes = self.wishes()
        wishes.folder.begin()
        path = Path("ftkit-runs/one/control.json")
        path.write_text('{"op": "st')
        wishes.look()
        assert not wishes.stop
        path.write_text(json.dumps({"op": "stop"}))
        wishes.look()
        assert wishes.stop
        assert path.exists()

    def test_a_page_that_asks_for_pictures_takes_no_stop_away(self):
        wishes = self.wishes()
        wishes.folder.begin()
        path = Path("ftkit-runs/one/show.json")
        path.write_text(json.dumps({"op": "show", "run": "one"}))
        wishes.begin(None)
        wishes.folder.request("stop")
        os.utime(path, (1, 1))
        wishes.look()
        assert (wishes.stop, wishes.show) == (True, 1)
        wishes.look()
        assert wishes.show == 1
        wishes.end()

    def test_another_thread_installs_no_handler(self):
        wishes = self.wishes()
        thread = threading.Thread(target=wishes.begin, args=(None,))
        thread.start()
        thread.join()
        assert signal.getsignal(signal.SIGINT) is signal.default_int_handler

    def test_a_process_that_ignores_interrupts_goes_on_doing_so(self):
        before = signal.signal(signal.SIGINT, signal.SIG_IGN)
        try:
            self.wishes().begin(None)
            assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN
        finally:
            signal.signal(signal.SIGINT, before)

    def test_the_front_ends_comm_is_heard_and_let_go(self):
        wishes = self.wishes()
        wishes.begin(control.listen)
        control.hear({"op": "sample", "run": "one", "prompt": "Hello?"})
        control.hear({"op": "stop", "run": "one"})
        assert wishes.take_prompts() == ["Hello?"]
        assert wishes.stop
        wishes.end()


@pytest.mark.parametrize(
    "damage",
    [
        lambda: Path("ftkit-runs/one/control.json").write_bytes(b"\xff\x00{"),
        lambda: Path("ftkit-runs/one/control.json").write_text('{"op": ["stop"], "prompt": 5, "run": {}}'),
        lambda: Path("ftkit-runs/one/control.json").write_text('{"op": "sample", "prompt": "half \\ud83d"}'),
        lambda: Path("ftkit-runs/one/control.json").mkdir(),
        lambda: Path("ftkit-runs/one/state.json").write_text("{"),
    ],
)
def test_a_training_outlives_damaged_files(tiny_model_folder, damage):
    trainer = make_trainer(tiny_model_folder, max_steps=4, callbacks=[At(2, damage)])
    ftkit.follow(trainer, run="one")
    trainer.train()
    assert (state()["state"], state()["attempt"]) == ("finished", 1)


def test_a_question_that_cannot_be_put_does_not_end_the_training(tiny_model_folder, monkeypatch):
    def broken(*arguments):
        raise ValueError("the template will not have it")

    monkeypatch.setattr("ftkit.training.following.answer", broken)
    trainer = make_trainer(tiny_model_folder, callbacks=[At(2, ask_by_file("sample", prompt="Hi"))])
    ftkit.follow(trainer, run="one")
    trainer.train()
    assert state()["state"] == "finished"
    assert "the template will not have it" in RunFolder("one").samples()[0]["answer"]
