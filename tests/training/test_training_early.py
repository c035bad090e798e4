"""Early stopping: the run ends where going on does harm, with the weights of its best step."""

from __future__ import annotations

import pytest
from safetensors.torch import load_file

import ftkit
from ftkit.diagnosis import stopping
from ftkit.errors import RunError
from ftkit.runfolder import History
from tests.training.made_trainer import make_trainer, state


@pytest.fixture(autouse=True)
def _here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def test_it_ends_at_the_evaluation_that_says_so_and_restores_the_best(tiny_model_folder, monkeypatch):
    asked = []

    def after_three(history: History) -> tuple[bool, str]:
        asked.append(history.eval[-1][0])
        return len(history.eval) > 3, "The evaluation loss turned up."

    monkeypatch.setattr(stopping, "decide", after_three)
    trainer = make_trainer(tiny_model_folder)
    ftkit.follow(trainer, run="one", early_stopping=True)
    trainer.train()
    assert asked == [0, 2, 4, 6]
    assert trainer.state.global_step == 6
    found = state()
    assert found["state"] == "stopped"
    assert found["why"].startswith("Stopped early after step 6 of 8. The evaluation loss turned up.")
    saved = load_file("ftkit-runs/one/adapter/adapter_model.safetensors")
    best = load_file(f"{trainer.state.best_model_checkpoint}/adapter_model.safetensors")
    assert all((saved[name] == best[name]).all() for name in best)


def test_a_run_that_gets_better_is_not_ended(tiny_model_folder):
    trainer = make_trainer(tiny_model_folder)
    ftkit.follow(trainer, run="one", early_stopping=True)
    trainer.train()
    assert trainer.state.global_step == 8
    assert state()["state"] == "finished"


def test_it_needs_a_trainer_that_restores_its_best_step(tiny_model_folder):
    trainer = make_trainer(tiny_model_folder, load_best_model_at_end=False)
    with pytest.raises(RunError, match="not the best"):
        ftkit.follow(trainer, run="one", early_stopping=True)


def test_the_step_that_the_trainer_keeps_by_a_metric_is_the_one_that_is_shown(tiny_model_folder):
    trainer = make_trainer(tiny_model_folder, max_steps=6, metric_for_best_model="accuracy")
    accuracies = iter([0.95, 0.5, 0.9, 0.6])  # before the first step, then every second step
    trainer.compute_metrics = lambda _: {"accuracy": next(accuracies)}
    ftkit.follow(trainer, run="one")
    trainer.train()
    found = ftkit.diagnose("one")
    assert trainer.state.best_global_step == found.best_step == 4
    assert found.numbers["best_by"] == "eval_accuracy"
    assert min(loss for _, loss in History.from_run("one").eval) != dict(History.from_run("one").eval)[4]
    assert ftkit.diagnose(trainer.state.__dict__).best_step == 4
    assert "best step (4)" in state()["why"]
