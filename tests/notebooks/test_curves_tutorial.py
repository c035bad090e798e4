"""Tutorial 08: three curves, guessed before the verdict is told, and two of them mended."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ftkit.cli.headless import execute
from ftkit.diagnosis import VERDICT_WORDS
from ftkit.recipe import recipe_from_yaml
from ftkit.wizards.session import Session
from tests.notebooks.executed import carried_out, committed, comparison_of, measured, run_of, shown

NAME = "08_reading_the_curves.ipynb"
# As the text says it.
EXPECTED = {
    "curve-a": "overfitting",
    "curve-b": "underfitting",
    "curve-c": "healthy",
    "curve-a-mended": "healthy",
    "curve-b-mended": "healthy",
}


@pytest.fixture(
    scope="module",
    params=["tiny", pytest.param("starter", marks=[pytest.mark.slow, pytest.mark.starter])],
)
def done(
    request: pytest.FixtureRequest, tiny_model_folder: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[str, Path, Any]]:
    """Which model stood in, the folder, and the notebook after its last cell."""
    with pytest.MonkeyPatch.context() as patch:
        if request.param == "tiny":
            patch.setenv("FTKIT_STARTER", str(tiny_model_folder))
        folder = tmp_path_factory.mktemp("course")
        yield request.param, folder, carried_out(folder, NAME, wizard=False)


def test_the_committed_notebook_holds_no_output():
    code = [cell for cell in committed(NAME).cells if cell.cell_type == "code"]
    assert not any(cell.outputs or cell.execution_count for cell in code)
    assert len({cell.id for cell in committed(NAME).cells}) == len(committed(NAME).cells)


def test_the_empty_cell_that_the_text_asks_for_is_there():
    cells = committed(NAME).cells
    place = [cell.id for cell in cells].index("mend-text")
    assert "into the empty cell below this text" in cells[place].source
    assert (cells[place + 1].cell_type, cells[place + 1].source) == ("code", "")


def test_every_verdict_is_the_one_that_the_text_speaks_of(done):
    model, folder, _ = done
    found = {name: run_of(folder, name).verdict()["verdict"] for name in EXPECTED}
    if model == "starter":
        assert found == EXPECTED
    else:
        assert set(found.values()) <= set(VERDICT_WORDS)


def test_the_verdicts_take_smaller_steps_than_the_tutorial(done):
    model, folder, _ = done
    first = {name: run_of(folder, name).verdict()["remedies"][0] for name in ("curve-a", "curve-b")}
    if model == "starter":
        assert first["curve-a"]["field"] == "training.num_train_epochs"
        assert 3 < first["curve-a"]["to"] < 8
        assert first["curve-b"]["field"] == "training.learning_rate"
        assert 0.00001 < first["curve-b"]["to"] < 0.002


def test_the_curves_are_shown_before_any_verdict(done):
    _, folder, notebook = done
    for place, run in (("guess-a", "curve-a"), ("guess-b", "curve-b"), ("guess-c", "curve-c")):
        (cell,) = [cell for cell in notebook.cells if cell.id == place]
        told = str(cell.outputs)
        assert "application/vnd.plotly.v1+json" in told
        assert "What does this curve show?" in told
        assert run_of(folder, run).verdict()["sentence"] not in told
    outputs = [str(cell.outputs) for cell in notebook.cells if cell.id in ("runs", "runs-b", "runs-c")]
    assert len(outputs) == 3
    for name in ("curve-a", "curve-b", "curve-c"):
        assert not any(run_of(folder, name).verdict()["sentence"] in told for told in outputs)


def test_the_mending_is_judged_on_the_test_part(done):
    model, folder, notebook = done
    compared = comparison_of(run_of(folder, "curve-b-mended"))
    assert "Did the change help?" in shown(notebook, "text/html")
    if model == "starter":
        helped = compared["helped"]
        assert helped["before"] == "curve-b"
        assert helped["high"] < 0
        best = {name: min(measured(run_of(folder, name), "eval_loss")) for name in EXPECTED}
        assert best["curve-b-mended"] == best["curve-c"]
        assert best["curve-c"] < best["curve-a"]  # more different examples beat more rounds through few


def test_after_a_restart_of_the_kernel_nothing_has_to_be_trained_again(done):
    _, folder, _ = done
    trained = {name: run_of(folder, name).state()["started"] for name in EXPECTED}
    again = committed(NAME)
    again.cells = [cell for cell in again.cells if not cell.id.startswith("runs") and cell.id != "mend"]
    with contextlib.chdir(folder):
        execute(again, folder / "again.ipynb", "none")
    assert shown(again, "text/plain").count("What does this curve show?") == 3
    assert "Did the change help?" in shown(again, "text/html")
    assert {name: run_of(folder, name).state()["started"] for name in EXPECTED} == trained


def test_the_panel_that_the_text_offers_for_the_remedies_opens_with_the_choices_of_curve_a(done, monkeypatch):
    _, folder, _ = done
    (text,) = [cell.source for cell in committed(NAME).cells if cell.id == "mend-text"]
    assert '`ftkit.wizard(run="curve-a")`' in text
    monkeypatch.chdir(folder)
    assert Session({"run": "curve-a"}).recipe == recipe_from_yaml(run_of(folder, "curve-a").recipe_text())
