"""Tutorial 02 as its reader meets it, with the tiny model: the cell as it is, and the cell after all that is asked for."""

from __future__ import annotations

import contextlib
import json
from pathlib import Path
from typing import Any

import nbformat
import pytest

from ftkit.cli import tutorials
from ftkit.cli.headless import execute, place_cells

NOTEBOOK = "02_your_own_data.ipynb"
CALL = 'ftkit.wizard("data", data="data/bike-shop/tickets.csv", run="bike-shop-1")'
CORRECTED = {
    "columns": {"prompt": "message", "answer": "answer"},
    "fixes": ["drop-empty", "drop-duplicates", "drop-placeholders", "mend-mojibake"],
}


@pytest.fixture
def copy(tmp_path: Path, tiny_model_folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The person's own copy of the course."""
    monkeypatch.setenv("FTKIT_STARTER", str(tiny_model_folder))
    tutorials.copy_to(tmp_path)
    return tmp_path


def run(folder: Path, **more: Any) -> Any:
    """Execute the notebook with its wizard's cell placed; `more` are choices that the reader makes in the panel."""
    path = folder / NOTEBOOK
    notebook = nbformat.read(path, as_version=4)
    wizard = next(cell for cell in notebook.cells if cell.id == "wizard")
    assert CALL in wizard.source
    if more:
        words = "".join(f", {name}={value!r}" for name, value in more.items())
        wizard.source = wizard.source.replace(")", f"{words})")
    with contextlib.chdir(folder):
        place_cells(notebook)
        execute(notebook, path, "bike-shop-1")
    return notebook


def rows_of(folder: Path) -> list[dict[str, Any]]:
    files = [folder / "data/tickets" / f"{part}.jsonl" for part in ("train", "validation", "test")]
    return [json.loads(line) for file in files for line in file.read_text(encoding="utf-8").splitlines()]


def test_the_committed_notebook_holds_text_and_one_call() -> None:
    notebook = nbformat.read(tutorials.packaged() / NOTEBOOK, as_version=4)
    nbformat.validate(notebook)
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert [cell.id for cell in code] == ["wizard"]
    assert not code[0].outputs
    assert code[0].execution_count is None


def test_it_runs_as_it_is(copy: Path) -> None:
    notebook = run(copy)
    steps = [cell.metadata["ftkit"]["step"] for cell in notebook.cells if "ftkit" in cell.metadata]
    assert steps == ["data"]
    assert len(rows_of(copy)) > 120
    assert (copy / "data/tickets/card.md").is_file()


def test_after_the_readers_corrections_it_is_clean(copy: Path) -> None:
    run(copy, **CORRECTED)
    rows = rows_of(copy)
    asked = [row["prompt"][-1]["content"] for row in rows]
    answers = [row["completion"][-1]["content"] for row in rows]
    assert "My rim brakes squeal like a pig when I stop. What can I do?" in asked
    text = json.dumps(rows, ensure_ascii=False)
    for ill in ("{{", "â€™", "Ã©", "N/A"):
        assert ill not in text
    assert len({json.dumps(row) for row in rows}) == len(rows)
    assert sum(answer.endswith("Ride safe!") for answer in answers) == len(answers)


def test_the_file_has_the_ills_that_the_text_speaks_of() -> None:
    from ftkit.data import inspect_data

    found = inspect_data(
        tutorials.packaged() / "data/bike-shop/tickets.csv", columns=CORRECTED["columns"], task="sft"
    )
    assert (found.rows, found.usable) == (141, 134)
    titles = {check.title for check in found.checks}
    assert {
        "Empty or missing answers",
        "Duplicates",
        "Placeholders left in",
        "Garbled letters",
        "Same prompt, different answers",
    } <= titles
