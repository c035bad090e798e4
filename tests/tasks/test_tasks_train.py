"""Every task trained with its own cells: it learns, and it starts from where it should."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import pytest

from ftkit.runfolder import RunFolder
from ftkit.tasks import TASKS
from tests.tasks.trained import planned, train

CASES = [(task, method) for task in TASKS for method in ("lora", "full") if task != "sft"]


@pytest.fixture(scope="module", params=CASES, ids="-".join)
def trained(request: Any, tiny_model_folder: Path, tmp_path_factory: Any) -> Any:
    """A run of one task with one technique, followed."""
    task, method = request.param
    folder = tmp_path_factory.mktemp(task)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        plan = planned(tiny_model_folder, f"{task}-1", task, method)
        run, names = train(plan, tiny_model_folder, TASKS[task].form)
        yield TASKS[task], RunFolder(folder / "ftkit-runs" / run.name), names


def rows_of(run: RunFolder, key: str) -> list[tuple[int, float]]:
    lines = (run.path / "metrics.jsonl").read_text().splitlines()
    rows = [json.loads(line) for line in lines]
    return [(row["step"], row[key]) for row in rows if key in row]


def test_it_learns(trained):
    _, run, _ = trained
    assert run.state()["state"] == "finished"
    evaluated = rows_of(run, "eval_loss")
    assert evaluated[0][0] == 0
    assert min(value for _, value in evaluated[1:]) < evaluated[0][1]


def test_its_metrics_are_on_record(trained):
    task, run, _ = trained
    for metric in task.metrics:
        assert rows_of(run, f"eval_{metric.key}"), metric.key


def test_a_preference_run_starts_where_its_reference_stands(trained):
    task, run, _ = trained
    if task.id != "dpo":
        pytest.skip("no reference")
    assert rows_of(run, "eval_loss")[0] == (0, pytest.approx(math.log(2), abs=1e-5))
    assert rows_of(run, "eval_rewards/margins")[0][1] == pytest.approx(0, abs=1e-5)
