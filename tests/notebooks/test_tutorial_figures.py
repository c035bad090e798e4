"""Figures that a tutorial's text names and ftkit works out: they have to stay the same."""

from __future__ import annotations

import contextlib
from pathlib import Path

import nbformat
import pytest

from ftkit.cli import tutorials
from ftkit.cli.headless import place_cells
from ftkit.cli.planning import plan
from ftkit.recipe import from_presets
from tests.notebooks.executed import committed


@pytest.fixture
def course(tiny_model_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A person's own copy of the tutorials."""
    monkeypatch.setenv("FTKIT_STARTER", str(tiny_model_folder))
    tutorials.copy_to(tmp_path)
    return tmp_path


def text_of(name: str) -> str:
    return "\n".join(cell.source for cell in committed(name).cells if cell.cell_type == "markdown")


def test_the_first_tutorial_says_that_ten_of_the_validation_examples_are_asked(course: Path) -> None:
    name = "01_first_fine_tune.ipynb"
    notebook = nbformat.read(course / name, as_version=4)
    with contextlib.chdir(course):
        place_cells(notebook)
    code = "\n".join(cell.source for cell in notebook.cells if cell.cell_type == "code")
    assert 'data["validation"].shuffle(seed=42).take(10)' in code
    assert "it is asked ten of the twenty" in text_of(name)


def test_the_tutorial_on_methods_says_that_ten_validation_examples_are_asked(course: Path) -> None:
    with contextlib.chdir(course):
        made = plan(from_presets(run="five-lora", method="lora", data="data/pirate", batch_size=4, max_steps=12))
    assert ".take(10)" in made.cells["train"].source
    assert "on ten validation examples" in text_of("03_methods_side_by_side.ipynb")
