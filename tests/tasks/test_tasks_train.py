"""Every task trained with its own cells: it learns, and it starts from where it should."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import pytest

import ftkit
from ftkit.comparison.what_changed import WEIGHTED_LOSS
from ftkit.runfolder import RunFolder
from ftkit.tasks import TASKS
from tests.tasks.trained import data_files, planned, rewarding_letters, train

CASES = [(task, method) for task in TASKS for method in ("lora", "full") if task != "sft"]
CASES += [("classification", "pissa"), ("classification", "freeze")]
QUICK = {case for case in CASES if case[1] == "lora"} | {("dpo", "full"), ("classification", "freeze")}
"""Every task; other techniques than LoRA mostly in the slow lane."""
PARAMS = [
    pytest.param(case, id="-".join(case), marks=() if case in QUICK else pytest.mark.slow) for case in CASES
]


@pytest.fixture(scope="module", params=PARAMS)
def trained(request: Any, tiny_model_folder: Path, tmp_path_factory: Any) -> Any:
    """A run of one task with one technique, followed."""
    task, method = request.param
    folder = tmp_path_factory.mktemp(task)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        data = data_files(folder / "data", TASKS[task].form)
        plan = planned(tiny_model_folder, f"{task}-1", task, method, data=str(data))
        run, names = train(plan, tiny_model_folder, TASKS[task].form, rewarding_letters)
        names["plan"] = plan
        yield TASKS[task], RunFolder(folder / "ftkit-runs" / run.name), names


def rows_of(run: RunFolder, key: str) -> list[tuple[int, float]]:
    lines = (run.path / "metrics.jsonl").read_text().splitlines()
    rows = [json.loads(line) for line in lines]
    return [(row["step"], row[key]) for row in rows if key in row]


def test_it_learns(trained):
    task, run, names = trained
    assert run.state()["state"] == "finished"
    if task.best:
        rewards = rows_of(run, f"eval_{task.best}")
        assert rewards[0][0] == 0
        assert max(value for _, value in rewards[1:]) > rewards[0][1] + 0.1
        assert names["trainer"].state.best_metric == max(value for _, value in rewards)
        return
    evaluated = rows_of(run, "eval_loss")
    assert evaluated[0][0] == 0
    assert min(value for _, value in evaluated[1:]) < evaluated[0][1]


def test_it_takes_the_steps_that_were_planned(trained):
    _, _, names = trained
    assert names["trainer"].state.max_steps == names["plan"].total_steps


def test_its_metrics_are_on_record(trained):
    task, run, _ = trained
    for metric in task.metrics:
        # Some are of the step itself, such as how many tokens were clipped in it.
        assert rows_of(run, f"eval_{metric.key}") or rows_of(run, metric.key), metric.key


AT_ITS_REFERENCE = {
    "dpo": {"loss": math.log(2), "rewards/margins": 0.0},
    "kto": {"loss": 0.5, "rewards/margins": 0.0, "kl": 0.0},
    "grpo": {"kl": 0.0},
    "rloo": {"kl": 0.0},
    "ppo": {"kl": 0.0},
}
"""What a task measures of a model that is its own reference."""


def test_it_starts_where_its_reference_stands_and_leaves_it(trained):
    task, run, _ = trained
    if task.id not in AT_ITS_REFERENCE:
        pytest.skip("no reference")
    for key, value in AT_ITS_REFERENCE[task.id].items():
        first = rows_of(run, f"eval_{key}")[0]
        assert first == (0, pytest.approx(value, abs=1e-5)), key
    moved = "rewards/margins" if "rewards/margins" in AT_ITS_REFERENCE[task.id] else "kl"
    assert any(abs(value) > 1e-3 for _, value in rows_of(run, f"eval_{moved}")[1:])


def test_a_run_that_learns_from_rewards_is_not_judged_by_its_loss(trained):
    task, run, _ = trained
    found = ftkit.diagnose(run.path)
    if not task.best:
        assert found.numbers["base_loss"] is not None
        return
    assert found.verdict == "not-enough-evidence"
    assert "reward on held-out prompts went from" in found.sentence
    rewards = dict(rows_of(run, "eval_reward"))
    assert rewards[found.best_step] == max(rewards.values())
    assert not ftkit.should_stop(run.path)[0]


def test_the_result_is_compared_after_both_sides_proved_who_they_are(trained):
    task, run, _ = trained
    result = ftkit.compare(run.path, ["Say red twice."], rows=2, max_new_tokens=4)
    assert result.base_difference < 1e-3
    assert result.tuned_difference < 1e-3
    if task.head == "words":
        recorded = not any("How the prompts looked" in note for note in result.notes)
        assert recorded == (task.id in ("sft", "multi-task", "dpo", "kto")), "how prompts looked in training"
        assert len(result.pairs) == 3
        if task.id == "domain":
            assert 1 < result.perplexity.tuned < result.perplexity.base
            assert result.perplexity.texts == 8, "all of the test part, however few are shown"
        else:
            assert result.perplexity is None
        return
    assert result.rows[0].right is None
    tested = result.rows[1:]
    assert len(tested) == 8
    assert result.accuracy == sum(bool(row.right) for row in tested) / 8
    wrong = sum(not row.right for row in tested)
    assert not any(row.right for row in tested[:wrong]), "mistakes come first"
    assert result.shown == 1 + max(2, wrong)
    assert "test part" in str(result)


def test_what_texts_say_is_shown_as_text(trained):
    task, run, _ = trained
    if task.head == "words":
        pytest.skip("shown by the comparison's own view")
    hostile = "<img src=x onerror=alert(1)>"
    shown = ftkit.compare(run.path, [hostile], rows=0)._repr_mimebundle_()["text/html"]
    assert hostile not in shown
    assert "&lt;img" in shown


@pytest.mark.parametrize("class_weights", [False, True])
def test_a_batch_in_pieces_has_the_loss_of_the_batch(
    class_weights: bool, tiny_model_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import torch

    monkeypatch.chdir(tmp_path)
    first = []
    for piece in (8, 2):
        plan = planned(
            tiny_model_folder,
            f"pieces-of-{piece}",
            "classification",
            "full",
            batch_size=8,
            per_device_train_batch_size=piece,
            max_steps=1,
            class_weights=class_weights,
        )
        torch.manual_seed(0)  # the head is new: the same one both times
        run, _ = train(plan, tiny_model_folder, "classification")
        first.append(rows_of(run, "loss")[0])
        # By this a comparison of two runs names class weights as what was changed.
        assert run.actual()["own_loss"] == (WEIGHTED_LOSS if class_weights else None)
    assert first[0] == (1, pytest.approx(first[1][1], rel=1e-3))


@pytest.mark.parametrize("task", [task for task in TASKS if TASKS[task].head != "words"])
def test_a_new_head_is_the_same_each_time(
    task: str, tiny_model_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    metrics = []
    for name in ("once", "again"):
        plan = planned(tiny_model_folder, f"{task}-{name}", task, max_steps=2)
        run, _ = train(plan, tiny_model_folder, TASKS[task].form)
        metrics.append((run.path / "metrics.jsonl").read_bytes())
    assert metrics[0] == metrics[1]
