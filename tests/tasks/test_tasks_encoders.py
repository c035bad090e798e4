"""Encoders trained to classify with their own cells: they learn, and what is loaded again is what was trained."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import ftkit
from ftkit.runfolder import RunFolder
from tests.encoders import POSITIONS, tiny_encoder
from tests.tasks.trained import data_files, planned, train

CASES = [(kind, method) for kind in ("bert", "distilbert") for method in ("lora", "full", "freeze", "bitfit")]
CASES += [("bert", "adapters"), ("distilbert", "adapters"), ("bert", "prompt-tuning"), ("distilbert", "ia3")]
CASES += [("bert", "ia3"), ("roberta", "lora"), ("bert", "pissa")]
QUICK = {("bert", "lora"), ("distilbert", "full"), ("roberta", "lora"), ("bert", "freeze")}
"""Each kind and each way of choosing what trains; the others are in the slow lane."""
PARAMS = [
    pytest.param(case, id="-".join(case), marks=() if case in QUICK else pytest.mark.slow) for case in CASES
]
RATES = {"prompt-tuning": 5e-2, "ia3": 3e-2, "bitfit": 2e-2}
PLACES_OF_ITS_OWN = {"roberta": 2}


@pytest.fixture(scope="module")
def encoders(tmp_path_factory: Any) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("encoders")
    return {kind: tiny_encoder(folder / kind, kind) for kind in ("bert", "distilbert", "roberta")}


@pytest.fixture(scope="module", params=PARAMS)
def trained(request: Any, encoders: Any, tmp_path_factory: Any) -> Any:
    """A run of one kind with one technique, followed."""
    kind, method = request.param
    folder = tmp_path_factory.mktemp(kind)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        data = data_files(folder / "data", "classification")
        plan = planned(
            encoders[kind],
            f"{kind}-1",
            "classification",
            method,
            data=str(data),
            learning_rate=RATES.get(method, 1e-2),
            max_length="auto",
        )
        run, names = train(plan, encoders[kind], "classification")
        yield kind, RunFolder(folder / "ftkit-runs" / run.name), {**names, "plan": plan}


def losses(run: RunFolder) -> list[float]:
    rows = map(json.loads, (run.path / "metrics.jsonl").read_text().splitlines())
    return [row["eval_loss"] for row in rows if "eval_loss" in row]


def test_it_learns_and_reads_no_more_than_it_can(trained: Any) -> None:
    kind, run, names = trained
    assert run.state()["state"] == "finished"
    before, *later = losses(run)
    assert min(later) < before
    before_text = getattr(names["plan"].recipe.method, "num_virtual_tokens", 0)
    assert names["plan"].recipe.training.max_length == POSITIONS - before_text - PLACES_OF_ITS_OWN.get(
        kind, 0
    )


def test_nothing_differs_from_the_recipe(trained: Any) -> None:
    _, run, _ = trained
    assert run.actual()["differences"] == []


def test_base_and_result_prove_who_they_are_and_judge_the_test_part(trained: Any) -> None:
    _, run, _ = trained
    # A text of more words than the model has places is cut, as in training.
    result = ftkit.compare(run.path, ["Say red twice.", "red " * 200], rows=2)
    assert result.base_difference < 1e-3
    assert result.tuned_difference < 1e-3
    assert len(result.rows) == 2 + 8
    assert result.accuracy is not None


FRESH = """
import json, sys
from ftkit.comparison.identity import check_same
from ftkit.comparison.weights import Sides
from ftkit.runfolder import RunFolder

run = RunFolder(sys.argv[1])
sides = Sides(run)
tokenizer = sides.tokenizer()
with sides.base() as base:
    before = check_same(base, tokenizer, run.base_logits, "base")
with sides.tuned() as tuned:
    print(json.dumps([before, check_same(tuned, tokenizer, run.path / "tuned_logits.safetensors", "tuned")]))
"""


@pytest.mark.parametrize("trained", [PARAMS[0], PARAMS[4]], indirect=True)
def test_a_fresh_process_loads_what_was_trained(trained: Any) -> None:
    """The layers between blocks and classes are in no file of the base: they have to come with the adapter."""
    _, run, _ = trained
    done = subprocess.run(
        [sys.executable, "-c", FRESH, str(run.path)],
        capture_output=True,
        text=True,
        check=True,
        cwd=run.path.parent.parent,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    assert max(json.loads(done.stdout.splitlines()[-1])) < 1e-3


def test_an_encoder_is_refused_for_other_tasks_before_anything_is_read(
    encoders: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from ftkit.cli.planning import plan
    from ftkit.errors import CellError
    from ftkit.recipe import from_presets

    monkeypatch.chdir(tmp_path)
    for task in ("sft", "domain", "dpo"):
        with pytest.raises(CellError, match="cannot write any") as caught:
            plan(from_presets(model=str(encoders["bert"]), task=task, data="not-there.jsonl"))
        assert "text classification" in caught.value.remedy
    with pytest.raises(CellError, match="reads at most 64 tokens"):
        plan(from_presets(model=str(encoders["bert"]), task="classification", data="x", max_length=65))


@pytest.mark.parametrize("kind", ["bert", "roberta"])
def test_a_plan_for_classes_asks_for_no_chat_template(
    kind: str, encoders: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from ftkit.cli.planning import plan
    from ftkit.recipe import from_presets

    monkeypatch.chdir(tmp_path)
    data = data_files(tmp_path / "data", "classification")
    made = plan(from_presets(model=str(encoders[kind]), task="classification", data=str(data), run="no-chat"))
    assert "chat_template" not in made.cells["model"].source
    kept = 'peft_config.modules_to_save = ["pooler"]'
    assert (kept in made.cells["train"].source) == (kind == "bert")
