"""Tutorial 01 as a newcomer meets it: its own cells, its own data, the starter model. Takes some minutes."""

import json
import os
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

pytestmark = pytest.mark.starter
HELD_OUT = 10


@pytest.fixture(scope="module")
def told(tmp_path_factory):
    """What ``ftkit demo --json`` says after running the tutorial."""
    folder = tmp_path_factory.mktemp("first") / "tutorial"
    done = subprocess.run(
        [sys.executable, "-m", "ftkit.cli", "demo", "--json", "--folder", str(folder)],
        env={key: value for key, value in os.environ.items() if key != "FTKIT_STARTER"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=2400,
    )
    assert done.returncode == 0, done.stderr[-4000:]
    return json.loads(done.stdout)


def test_it_ends_healthy(told):
    assert told["verdict"] == "healthy", told["sentence"]
    assert Path(told["run_folder"]).parent.name == "ftkit-runs"


def test_the_executed_notebook_shows_the_curve_and_the_answers_without_a_kernel(told):
    notebook = nbformat.read(told["notebook"], as_version=4)
    outputs = [output for cell in notebook.cells if cell.cell_type == "code" for output in cell.outputs]
    assert not [output for output in outputs if output.output_type == "error"]
    kinds = {kind for output in outputs for kind in output.get("data", {})}
    assert "application/vnd.plotly.v1+json" in kinds
    shown = "".join(output["data"].get("text/html", "") for output in outputs if "data" in output)
    assert "Base model and tuned model: pirate-1" in shown


def test_held_out_answers_changed_as_the_examples_ask(told):
    code = "import sys, ftkit; ftkit.compare(sys.argv[1], rows=int(sys.argv[2]), max_new_tokens=48)"
    done = subprocess.run(
        [sys.executable, "-c", code, told["run_folder"], str(HELD_OUT)],
        cwd=Path(told["notebook"]).parent,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr[-4000:]
    found = json.loads((Path(told["run_folder"]) / "comparison.json").read_text(encoding="utf-8"))
    assert len(found["pairs"]) == HELD_OUT
    assert found["tuned_share"] >= 0.8
    assert found["base_share"] <= 0.1
