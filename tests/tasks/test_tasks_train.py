"""Every task trained with its own cells: it learns, and it starts from where it should."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import pytest

import ftkit
from ftkit.runfolder import RunFolder
from ftkit.tasks import TASKS
from tests.tasks.trained import data_files, planned, rewarding_letters, train

CASES = [(task, method) for task in TASKS for method in ("lora", "full") if task != "sft"]


@pytest.fixture(scope="module", params=CASES, ids="-".join)
def trained(request: Any, tiny_model_folder: Path, tmp_path_factory: Any) -> Any:
    """A run of one task with one technique, followed."""
    task, method = request.param
    folder = tmp_path_factory.mktemp(task)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        data = data_files(folder / "data", TASKS[task].form)
        plan = planned(tiny_model_folder, f"{task}-1", task, method, data=str(data))
        run, names = train(plan, tiny_model_folder, TASKS[task].form, rewarding_letters)
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


def test_its_metrics_are_on_record(trained):
    task, run, _ = trained
    for metric in task.metrics:
        assert rows_of(run, f"eval_{metric.key}"), metric.key


AT_ITS_REFERENCE = {
    "dpo": {"loss": math.log(2), "rewards/margins": 0.0},
    "kto": {"loss": 0.5, "rewards/margins": 0.0, "kl": 0.0},
    "grpo": {"kl": 0.0},
    "rloo": {"kl": 0.0},
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
        assert len(result.pairs) == 3
        return
    assert result.rows[0].right is None
    tested = result.rows[1:]
    assert len(tested) == 8
    assert result.accuracy == sum(bool(row.right) for row in tested) / 8
    assert "test part" in str(result)


def test_what_texts_say_is_shown_as_text(trained):
    task, run, _ = trained
    if task.head == "words":
        pytest.skip("shown by the comparison's own view")
    hostile = "<img src=x onerror=alert(1)>"
    shown = ftkit.compare(run.path, [hostile], rows=0)._repr_mimebundle_()["text/html"]
    assert hostile not in shown
    assert "&lt;img" in shown
