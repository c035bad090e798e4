"""The table in the docs of what was tried on the starter model: complete, as measured, and nothing in it failed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from benchmarks.techniques import CHAINS, RESULT, page
from ftkit.methods import METHODS
from ftkit.tasks import TASKS

ROWS: dict[str, Any] = json.loads(RESULT.read_text("utf-8"))["rows"]
RUNS = {
    f"{name}: {task}" if task else name: run
    for name, row in ROWS.items()
    for task, run in row.get("links", {"": row}).items()
}


def test_the_page_is_what_was_measured():
    docs = Path(__file__).parents[2] / "docs/techniques.md"
    assert docs.read_text("utf-8") == page(), "python -m benchmarks.techniques --page > docs/techniques.md"


def test_every_technique_every_task_and_both_chains_were_tried():
    wanted = [f"technique {name}" for name in METHODS]
    wanted += [f"task {name}" for name in TASKS if name != "sft"]
    assert list(ROWS) == [*wanted, *(f"chain {name}" for name in CHAINS)]


@pytest.mark.parametrize("name", RUNS)
def test_it_trained_learned_and_is_the_same_in_a_fresh_process(name):
    run = RUNS[name]
    assert run["trains"], run["why"]
    assert run["saves"]
    assert run["loads"], run["again"]
    assert max(run["again"]["base"], run["again"]["tuned"]) < 1e-3
    assert run["again"]["merged"] or run["again"]["why"]
    if run.get("reward"):  # of eight steps nobody expects that it rises; it was asked for, and it moved
        assert len(set(run["reward"])) > 1
    else:
        assert run["loss_best"] < run["loss_start"]


@pytest.mark.parametrize("method", METHODS.values(), ids=METHODS)
def test_it_merged_where_the_form_says_so(method):
    assert RUNS[f"technique {method.id}"]["again"]["merged"] == method.merges
