"""Carry a tutorial out as its reader would, without a browser."""

from __future__ import annotations

import contextlib
import json
from pathlib import Path
from typing import Any

import nbformat

from ftkit.cli import tutorials
from ftkit.cli.headless import execute, place_cells
from ftkit.recipe import recipe_to_yaml
from ftkit.runfolder import RunFolder


def committed(name: str) -> Any:
    """The notebook as it is published."""
    return nbformat.read(tutorials.packaged() / name, as_version=4)


def carried_out(folder: Path, name: str, *, wizard: bool = True) -> Any:
    """Execute a tutorial in a person's own copy of the course, its cells placed where a wizard would write them."""
    tutorials.copy_to(folder)
    path = folder / name
    notebook = nbformat.read(path, as_version=4)
    run = "none"
    with contextlib.chdir(folder):
        if wizard:
            made = place_cells(notebook)
            run = made.recipe.run
            RunFolder(run).write_recipe(recipe_to_yaml(made.recipe))
        execute(notebook, path, run)
    return notebook


def run_of(folder: Path, run: str) -> RunFolder:
    """A run that the tutorial has made."""
    return RunFolder(run, folder / "ftkit-runs")


def comparison_of(run: RunFolder) -> dict[str, Any]:
    """What its last cell found."""
    return dict(json.loads((run.path / "comparison.json").read_text(encoding="utf-8")))


def measured(run: RunFolder, key: str) -> list[float]:
    """A figure over the steps."""
    return [row[key] for row in run.read_rows("metrics.jsonl") if key in row]


def shown(notebook: Any, kind: str) -> str:
    """All outputs of one kind, which a saved notebook shows without a kernel."""
    outputs = [output for cell in notebook.cells if cell.cell_type == "code" for output in cell.outputs]
    assert not [output for output in outputs if output.output_type == "error"]
    return "\n".join(str(output["data"].get(kind, "")) for output in outputs if "data" in output)
