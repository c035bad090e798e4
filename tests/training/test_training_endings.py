"""One test per way a training can end; each ends tidily and says what to change."""

from __future__ import annotations

import errno
import gc
import os
import signal
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch
from transformers import TrainerCallback

import ftkit
from ftkit.errors import IdentityError, RunExistsError
from ftkit.runfolder import History, RunFolder
from ftkit.training.endings import explain, worse_than_the_base
from tests.training.made_trainer import make_trainer, rows, state

ARGS = SimpleNamespace(
    per_device_train_batch_size=8,
    gradient_accumulation_steps=2,
    max_length=512,
    learning_rate=3e-4,
    fp16=False,
)


class Raise(TrainerCallback):
    """Raises at the end of step 3, as if the training itself had."""

    def __init__(self, raising):
        self.raising = raising

    def on_step_end(self, args, trainer_state, flags, **kwargs):
        if trainer_state.global_step == 3:
            self.raising()


@pytest.fixture
def shell(tmp_path, monkeypatch, capsys):
    """A real IPython in this process: its cells end as those of a notebook do."""
    from IPython.core.interactiveshell import InteractiveShell

    monkeypatch.chdir(tmp_path)
    shell = InteractiveShell.instance()
    before = signal.getsignal(signal.SIGINT)
    callbacks = list(shell.events.callbacks["post_run_cell"])
    yield shell
    assert signal.getsignal(signal.SIGINT) is before
    shell.reset(new_session=False)
    sys.last_value = sys.last_traceback = shell.InteractiveTB.tb = None
    gc.collect()
    assert shell.events.callbacks["post_run_cell"] == callbacks, "nothing of ours stays registered"
    InteractiveShell.clear_instance()


def train(shell, model_folder, raising=None, **arguments):
    """Run a train cell; `raising` happens in the middle of it."""
    shell.user_ns.update(
        make_trainer=make_trainer, model_folder=model_folder, arguments=arguments,
        callbacks=[Raise(raising)] if raising else None,
    )  # fmt: skip
    return shell.run_cell(
        "import ftkit\ntrainer = make_trainer(model_folder, callbacks=callbacks, **arguments)\n"
        "ftkit.follow(trainer, run='one')\ntrainer.train()",
        store_history=True,
    )


def raiser(error):
    def raise_it():
        raise error

    return raise_it


def test_finished(shell, tiny_model_folder):
    assert train(shell, tiny_model_folder, max_steps=2).success
    assert state()["state"] == "finished"
    code = Path("ftkit-runs/one/code.py").read_text()
    assert code.startswith("import ftkit\n")
    assert code.rstrip().endswith("trainer.train()")


def interrupt_twice():
    os.kill(os.getpid(), signal.SIGINT)
    os.kill(os.getpid(), signal.SIGINT)


@pytest.mark.parametrize(
    ("save_steps", "way_on"),
    [(2, "What the last checkpoint holds is there: run the cell again and choose Resume"), (8, "Overwrite")],
    ids=["with a checkpoint", "before the first checkpoint"],
)
def test_interrupted_twice(shell, tiny_model_folder, capsys, save_steps, way_on):
    result = train(shell, tiny_model_folder, interrupt_twice, save_steps=save_steps)
    assert isinstance(result.error_in_exec, KeyboardInterrupt)
    found = state()
    assert (found["state"], found["step"]) == ("interrupted", 2)
    assert way_on in found["why"]
    with pytest.raises(RunExistsError) as taken:
        ftkit.follow(make_trainer(tiny_model_folder), run="one")
    assert ("resume" in taken.value.choices) == ("Resume" in found["why"]), "only what there is is promised"
    shown = capsys.readouterr()
    assert "You gave up" in shown.err
    assert "Traceback" not in shown.out
    assert len(shown.out[shown.out.index("You gave up") :].splitlines()) == 1


def test_giving_up_is_known_where_the_cell_catches_it(shell, tiny_model_folder):
    shell.user_ns.update(
        callbacks=[Raise(interrupt_twice)], make_trainer=make_trainer, folder=tiny_model_folder
    )
    result = shell.run_cell(
        "import ftkit\ntrainer = make_trainer(folder, callbacks=callbacks)\nftkit.follow(trainer, run='one')\n"
        "try:\n    trainer.train()\nexcept KeyboardInterrupt:\n    print('caught')"
    )
    assert result.success
    assert state()["state"] == "interrupted"


def test_one_interrupt_ends_a_train_cell_without_an_error(shell, tiny_model_folder):
    assert train(shell, tiny_model_folder, lambda: os.kill(os.getpid(), signal.SIGINT)).success
    assert (state()["state"], state()["stopped_by"]) == ("stopped", "interrupt")


def test_a_loss_that_is_no_number(shell, tiny_model_folder):
    assert train(shell, tiny_model_folder, max_steps=1).success

    class Spoil(TrainerCallback):
        def on_step_begin(self, args, trainer_state, flags, model=None, **kwargs):
            if trainer_state.global_step == 2:
                with torch.no_grad():
                    next(p for n, p in model.named_parameters() if "lora_A" in n).fill_(float("nan"))

    shell.user_ns.update(callbacks=[Spoil()])
    result = shell.run_cell(
        "trainer = make_trainer(model_folder, callbacks=callbacks)\n"
        "ftkit.follow(trainer, run='one', existing='overwrite')\ntrainer.train()"
    )
    assert not result.success
    found = state()
    assert (found["state"], found["attempt"]) == ("failed", 2)
    assert "not-a-number at step 3" in found["why"]
    assert "learning rate is too high: try 0.002 instead of 0.005" in found["why"]
    assert RunFolder("one").verdict()["verdict"]


def test_out_of_memory(shell, tiny_model_folder):
    train(shell, tiny_model_folder, lambda: torch.empty(2**60))
    found = state()
    assert found["state"] == "failed"
    assert "The memory did not suffice" in found["why"]
    assert (
        "per_device_train_batch_size=2 with gradient_accumulation_steps=2 instead of 4 with 1" in found["why"]
    )
    assert "max_length below 128" in found["why"]


def test_a_full_disk_while_saving(shell, tiny_model_folder):
    class Full(TrainerCallback):
        def on_save(self, *args, **kwargs):
            raise OSError(errno.ENOSPC, "No space left on device", "checkpoint-2")

    shell.user_ns.update(callbacks=[Full()], make_trainer=make_trainer, model_folder=tiny_model_folder)
    shell.run_cell(
        "import ftkit\ntrainer = make_trainer(model_folder, callbacks=callbacks)\n"
        "ftkit.follow(trainer, run='one')\ntrainer.train()"
    )
    assert state()["state"] == "failed"
    assert "The disk is full" in state()["why"]
    assert "deleting checkpoints" in state()["why"]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
def test_a_full_disk_while_we_write(shell, tiny_model_folder):
    def fill():
        Path("ftkit-runs/one/metrics.jsonl").unlink()
        Path("ftkit-runs/one/metrics.jsonl").symlink_to("/dev/full")

    result = train(shell, tiny_model_folder, fill)
    assert isinstance(result.error_in_exec, OSError)
    assert "The disk is full" in state()["why"]


def test_too_little_disk_is_said_before_the_first_step(shell, tiny_model_folder, monkeypatch):
    import shutil

    monkeypatch.setattr(shutil, "disk_usage", lambda path: SimpleNamespace(free=1000))
    result = train(shell, tiny_model_folder)
    assert "nothing was trained" in str(result.error_in_exec)
    assert not RunFolder("one").exists()


def test_a_data_file_that_vanishes(shell, tiny_model_folder):
    Path("rows.jsonl").write_text("{}")

    def vanish():
        Path("rows.jsonl").unlink()
        Path("rows.jsonl").read_text()

    train(shell, tiny_model_folder, vanish)
    assert state()["state"] == "failed"
    assert "rows.jsonl" in state()["why"]
    assert "Put it back" in state()["why"]


def test_any_other_error(shell, tiny_model_folder):
    train(shell, tiny_model_folder, raiser(ValueError("odd <b>value</b>\nsecond line")))
    assert state()["why"] == "ValueError at step 2: odd <b>value</b>"


def test_an_error_that_the_cell_catches(shell, tiny_model_folder):
    shell.user_ns.update(
        callbacks=[Raise(raiser(ValueError("x")))], make_trainer=make_trainer, folder=tiny_model_folder
    )
    result = shell.run_cell(
        "import ftkit\ntrainer = make_trainer(folder, callbacks=callbacks)\nftkit.follow(trainer, run='one')\n"
        "try:\n    trainer.train()\nexcept ValueError:\n    print('caught')"
    )
    assert result.success
    assert state()["state"] == "failed"


def test_training_in_another_cell_than_follow(shell, tiny_model_folder):
    shell.user_ns.update(
        callbacks=[Raise(raiser(ValueError("x")))], make_trainer=make_trainer, folder=tiny_model_folder
    )
    shell.run_cell("steps = 8", store_history=True)
    shell.run_cell(
        "import ftkit\ntrainer = make_trainer(folder, max_steps=steps, callbacks=callbacks)\n"
        "ftkit.follow(trainer, run='one')",
        store_history=True,
    )
    assert not RunFolder("one").exists()
    shell.run_cell("1 + 1", store_history=True)
    shell.run_cell("trainer.train()", store_history=True)
    assert state()["state"] == "failed"
    code = Path("ftkit-runs/one/code.py").read_text()
    assert "steps = 8" in code
    assert "1 + 1" not in code
    assert code.rstrip().endswith("trainer.train()")


def test_a_cell_that_ends_while_another_thread_trains_ends_nothing(shell, tiny_model_folder):
    shell.user_ns.update(make_trainer=make_trainer, folder=tiny_model_folder)
    shell.run_cell(
        "import ftkit, threading\ntrainer = make_trainer(folder)\nftkit.follow(trainer, run='one')\n"
        "thread = threading.Thread(target=trainer.train)\nthread.start()"
    )
    shell.user_ns["thread"].join()
    assert state()["state"] == "finished"
    shell.run_cell("1")  # the end of a later cell takes the watch away


def test_a_chart_that_breaks_does_not_break_the_training(shell, tiny_model_folder, monkeypatch):
    class Broken:
        def __init__(self, *args, **kwargs):
            raise RuntimeError("no chart today")

    monkeypatch.setattr("ftkit.training.following.in_kernel", lambda: True)
    monkeypatch.setattr("ftkit.live.LiveView", Broken)
    with pytest.warns(UserWarning, match="no chart today"):
        assert train(shell, tiny_model_folder, max_steps=2).success
    assert state()["state"] == "finished"


SCRIPT = """
import sys
sys.path.insert(0, {root!r})
from pathlib import Path
from tests.training.made_trainer import make_trainer
from transformers import TrainerCallback
import ftkit

class Raise(TrainerCallback):
    def on_step_end(self, args, state, control, **kwargs):
        if state.global_step == 3:
            {act}

def main():
    trainer = make_trainer(Path({model!r}), callbacks=[Raise()])
    ftkit.follow(trainer, run="one")
    trainer.train()

main()
"""


@pytest.mark.parametrize(
    ("act", "ended", "why"),
    [
        ("raise ValueError('odd')", "failed", "ValueError at step 2: odd"),
        pytest.param("raise SystemExit(3)", "failed", "nothing says why", marks=pytest.mark.slow),
        ("import os, signal; os.kill(os.getpid(), 2); os.kill(os.getpid(), 2)", "interrupted", "You gave up"),
    ],
    ids=["error", "exit", "Ctrl+C twice"],
)
def test_a_script_that_ends_early(tiny_model_folder, tmp_path, monkeypatch, act, ended, why):
    monkeypatch.chdir(tmp_path)
    root = str(Path(__file__).parents[2])
    Path("script.py").write_text(SCRIPT.format(root=root, model=str(tiny_model_folder), act=act))
    done = subprocess.run([sys.executable, "script.py"], capture_output=True, text=True, check=False)
    assert done.returncode == (-signal.SIGINT if ended == "interrupted" else done.returncode or 1)
    assert done.stdout == ""
    assert state()["state"] == ended, done.stderr
    assert why in state()["why"]
    assert "ftkit: " in done.stderr
    assert [row["step"] for row in rows("one", "metrics.jsonl") if "loss" in row] == [1, 2]


class TestExplain:
    @pytest.mark.parametrize(
        "error",
        [
            torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB."),
            MemoryError(),
            RuntimeError("[enforce fail at alloc_cpu.cpp:114] DefaultCPUAllocator: can't allocate memory"),
            RuntimeError("[enforce fail at alloc_cpu.cpp:121] DefaultCPUAllocator: not enough memory"),
        ],
        ids=["gpu", "python", "cpu", "cpu on Windows"],
    )
    def test_every_way_of_running_out_of_memory_is_known(self, tmp_path, error):
        assert "per_device_train_batch_size=4" in explain(error, ARGS, tmp_path, 1).why

    def test_what_was_raised_from_something_else_is_looked_through(self, tmp_path):
        try:
            try:
                raise MemoryError
            except MemoryError as error:
                raise RuntimeError("Caught in worker") from error
        except RuntimeError as error:
            found = error
        assert "memory" in explain(found, ARGS, tmp_path, 1).why

    def test_a_missing_file_met_on_the_way_is_not_blamed(self, tmp_path):
        try:
            try:
                Path("/nowhere").read_text()
            except FileNotFoundError:
                raise ValueError("a bad value")  # noqa: B904  (so it goes in other people's code)
        except ValueError as error:
            found = error
        assert explain(found, ARGS, tmp_path, 1).why == "ValueError at step 1: a bad value"

    def test_a_half_written_checkpoint_is_none_to_go_on_from(self, tmp_path):
        arguments = SimpleNamespace(**vars(ARGS), output_dir=str(tmp_path))
        half = tmp_path / "checkpoint-2"
        half.mkdir()
        told = explain(KeyboardInterrupt(), arguments, tmp_path, 0)
        assert told.state == "interrupted"
        assert "before the first step" in told.why
        assert "Resume" not in told.why
        (half / "trainer_state.json").write_text("{}")
        assert "Resume" in explain(KeyboardInterrupt(), arguments, tmp_path, 3).why

    def test_our_own_errors_speak_for_themselves(self, tmp_path):
        assert explain(IdentityError("What.", "Do."), ARGS, tmp_path, 0).why == "What. Do."

    def test_a_checkpoint_torch_could_not_write_is_a_full_disk_only_where_it_is_full(
        self, tmp_path, monkeypatch
    ):
        error = RuntimeError("PytorchStreamWriter failed writing file data/0: file write failed")
        assert "PytorchStreamWriter" in explain(error, ARGS, tmp_path, 1).why
        monkeypatch.setattr("shutil.disk_usage", lambda path: SimpleNamespace(free=10))
        assert "disk is full" in explain(error, ARGS, tmp_path, 1).why


def test_a_model_that_is_worse_than_the_untouched_one_is_called_so():
    history = History(eval=[(0, 4.84), (4, 22.7), (8, 29.7)])
    assert "a loss of 22.700, and 4.840 without" in worse_than_the_base(history, 4)
    assert worse_than_the_base(History(eval=[(0, 4.84), (4, 2.7)]), 4) == ""
    assert worse_than_the_base(history, 5) == ""
    assert worse_than_the_base(History(eval=[(0, 2.00001), (4, 2.00002)]), 4) == ""
    assert worse_than_the_base(History(eval=[(0, 2.0), (4, float("nan"))]), 4) == ""
    assert worse_than_the_base(History(eval=[(4, 2.7)]), 4) == ""


class Damage(TrainerCallback):
    """Does at every step what a learning rate does that is far too high."""

    def on_step_end(self, args, trainer_state, flags, *, model, **kwargs):
        torch.nn.init.normal_(model.get_output_embeddings().weight, std=30.0)


def test_a_training_that_only_does_damage_says_so_at_its_end(tiny_model_folder, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    trainer = make_trainer(tiny_model_folder, method="full", max_steps=4, callbacks=[Damage()])
    ftkit.follow(trainer, run="one")
    trainer.train()
    assert "worse than the untouched model" in state()["why"]
