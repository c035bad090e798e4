"""The best step is the one whose checkpoint the trainer keeps, by whatever metric it chooses."""

import dataclasses
import json

import pytest

from ftkit.diagnosis import diagnose, should_stop
from ftkit.live.wording import plain
from ftkit.runfolder import History, RunFolder, runs
from tests.diagnosis.made_up import by_heart, history, logging, overfit

ACCURACY = {0: 0.5, 10: 0.6, 20: 0.7, 30: 0.72, 40: 0.9, 50: 0.8, 60: 0.81}
LOSS = {0: 2.0, 10: 1.4, 20: 1.0, 30: 1.1, 40: 1.3, 50: 1.5, 60: 1.7}


def recorded(tmp_path, name: str, values: dict[int, float], **arguments: object) -> RunFolder:
    """A run folder as `ftkit.follow` leaves it."""
    folder = RunFolder("pirate-1", root=tmp_path)
    folder.begin()
    folder.write_json("actual.json", {"total_steps": 60, "arguments": arguments})
    for step, loss in LOSS.items():
        if step:
            folder.append_metrics({"attempt": 1, "step": step, "loss": 2.0 - step / 40})
        folder.append_metrics({"attempt": 1, "step": step, "eval_loss": loss, f"eval_{name}": values[step]})
    folder.set_state("finished")
    return folder


@pytest.mark.parametrize(
    ("name", "given", "greater", "step"),
    [
        ("accuracy", "accuracy", True, 40),
        ("accuracy", "eval_accuracy", None, 40),
        ("accuracy", "loss", False, 20),
        ("accuracy", None, None, 20),
        ("accuracy", "nothing_of_the_kind", True, 20),
        ("wer", "wer", False, 10),
        ("wer", "wer", None, 10),
    ],
)
def test_the_best_step_follows_the_metric_that_chooses_the_checkpoint(tmp_path, name, given, greater, step):
    folder = recorded(tmp_path, name, ACCURACY, metric_for_best_model=given, greater_is_better=greater)
    # Lower is better for a word error rate; what was measured before the first step is no checkpoint.
    found = diagnose(folder)
    assert found.best_step == step
    assert runs(tmp_path)[0].best_step == step
    assert History.from_run(folder).measure.best == (step, LOSS[step])


def test_the_loss_speaks_about_its_own_step_and_the_sentence_names_the_metric(tmp_path):
    folder = recorded(
        tmp_path, "accuracy", ACCURACY, metric_for_best_model="accuracy", greater_is_better=True
    )
    found = diagnose(folder)
    assert found.verdict == "overfitting"
    assert "After step 20 the evaluation loss rose" in found.findings[0].sentence
    assert "The model of step 40 (highest eval_accuracy, 0.900) is the one to keep." in found.sentence
    assert found.numbers["best_by"] == "eval_accuracy"
    assert "Best step 40 (highest eval_accuracy, 0.900), evaluation loss 1.300" in plain(
        "pirate-1", History.from_run(folder), found
    )


def test_a_trainer_state_tells_by_its_best_value_which_metric_chose():
    log = [{"step": step, "eval_loss": LOSS[step], "eval_accuracy": ACCURACY[step]} for step in LOSS]
    state = {"log_history": log, "max_steps": 60}
    assert diagnose(state).best_step == 20
    assert diagnose({**state, "best_metric": 0.9, "best_global_step": 40}).best_step == 40
    assert diagnose({**state, "best_metric": 1.0, "best_global_step": 20}).best_step == 20


def test_a_run_is_not_stopped_while_the_metric_that_chooses_gets_better():
    made = logging(history(overfit, by_heart, evaluations=20), eval_accuracy=lambda share: 0.5 + share / 3)
    assert should_stop(made)[0]
    chosen = dataclasses.replace(made, metric_for_best_model="accuracy", greater_is_better=True)
    stop, reason = should_stop(chosen)
    assert not stop
    assert "eval_accuracy" in reason
    json.dumps(diagnose(chosen).to_json(), allow_nan=False)
