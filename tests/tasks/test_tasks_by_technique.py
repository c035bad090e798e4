"""Ten techniques, each with five tasks: every pair trains with its own cells, on the tiny model and on the starter."""

from __future__ import annotations

import json
import math
from itertools import product
from pathlib import Path
from typing import Any

import pytest

import ftkit
from ftkit.methods import METHODS
from ftkit.recipe.needs import trainable_parameters
from ftkit.runfolder import RunFolder
from ftkit.tasks import TASKS
from tests.tasks.trained import data_files, planned, train

pytest.importorskip("bitsandbytes")
pytestmark = pytest.mark.slow

TECHNIQUES = (
    "full",
    "freeze",
    "lora",
    "dora",
    "qlora",
    "adapters",
    "ia3",
    "bitfit",
    "prefix-tuning",
    "prompt-tuning",
)
KINDS = ("sft", "domain", "classification", "dpo", "reward")


@pytest.fixture(params=["tiny", pytest.param("starter", marks=pytest.mark.starter)])
def model(request: Any, tiny_model_folder: Path) -> Path:
    """The tiny model, and the one that beginners start with."""
    return tiny_model_folder if request.param == "tiny" else Path(ftkit.starter_model())


@pytest.mark.parametrize(("technique", "kind"), [*product(TECHNIQUES, KINDS)])
def test_it_trains_and_is_what_it_is_said_to_be(technique, kind, model, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    method, task = METHODS[technique], TASKS[kind]
    short = {"max_steps": 2, "num_train_epochs": 1, "batch_size": 2, "max_length": 96}
    data = data_files(tmp_path / "data", task.form)
    plan = planned(model, "run", kind, technique, data=str(data), **short, **method.example)
    run, _ = train(plan, model, task.form)

    assert run.state()["state"] == "finished", run.state()["why"]
    rows = [json.loads(line) for line in (run.path / "metrics.jsonl").read_text().splitlines()]
    losses = [row["eval_loss"] for row in rows if "eval_loss" in row]
    assert len(losses) >= 2
    assert all(map(math.isfinite, losses))
    assert losses[-1] != losses[0]
    said = trainable_parameters(plan.shape, task, method, plan.recipe.method)
    assert run.actual()["model"]["trainable"] == said
    # Base is base and tuned is tuned, each loaded anew from what was saved.
    found = ftkit.compare(RunFolder("run").path, ["Say red twice."], rows=2, max_new_tokens=2)
    assert found.base_difference < 1e-3
    assert found.tuned_difference < 1e-3
