"""Tutorials without a browser: which cell calls the wizard, and what is placed below it."""

import contextlib
import subprocess
import sys

import nbformat
import pytest

from ftkit.cells import KEY, STEPS, state_of
from ftkit.cli import tutorials
from ftkit.cli.headless import peak_memory, place_cells, wizard_call
from ftkit.errors import CellError
from ftkit.notebook import file


def notebook_with(*sources):
    cells = [nbformat.v4.new_code_cell(source, id=f"cell-{n}") for n, source in enumerate(sources)]
    return nbformat.v4.new_notebook(cells=cells)


def test_the_call_and_its_choices_are_found():
    views = file.views(
        notebook_with("x = 1", "import ftkit\n\nftkit.wizard('data', data='a b.csv', r=8, run='pirate-1')")
    )
    assert wizard_call(views) == ("cell-1", "data", {"data": "a b.csv", "r": 8, "run": "pirate-1"})


def test_a_word_in_a_comment_is_no_call():
    with pytest.raises(CellError, match=r"calls ftkit\.wizard"):
        wizard_call(file.views(notebook_with("# the wizard comes later")))


@pytest.mark.parametrize(
    "source", ["ftkit.wizard(run=name)", "ftkit.wizard(**mine)", "wizard('data', 'more')"]
)
def test_computed_arguments_are_told(source):
    with pytest.raises(CellError, match="computes its arguments"):
        wizard_call(file.views(notebook_with(source)))


def test_a_magic_is_no_call():
    views = file.views(notebook_with("%pip install wizard", "ftkit.wizard()"))
    assert wizard_call(views).cell == "cell-1"


@pytest.fixture
def tutorial(tmp_path, tiny_model_folder, monkeypatch):
    monkeypatch.setenv("FTKIT_STARTER", str(tiny_model_folder))
    tutorials.copy_to(tmp_path)
    with contextlib.chdir(tmp_path):
        yield nbformat.read(tmp_path / tutorials.FIRST, as_version=4)


def test_the_steps_stand_below_the_wizard_in_order(tutorial):
    texts = [cell.id for cell in tutorial.cells]
    made = place_cells(tutorial)
    nbformat.validate(tutorial)
    ours = [view for view in file.views(tutorial) if KEY in view.metadata]
    assert [view.metadata[KEY]["step"] for view in ours] == list(STEPS)
    assert {state_of(view) for view in ours} == {"ours"}
    assert [view.source for view in ours] == [cell.source for cell in made.cells.values()]
    order = [cell.id for cell in tutorial.cells]
    wizard = order.index("wizard")
    assert order[wizard + 1 : wizard + 1 + len(STEPS)] == [view.id for view in ours]
    assert [cell for cell in order if cell in texts] == texts


def test_a_call_for_one_step_places_one_cell(tutorial):
    wizard = next(cell for cell in tutorial.cells if cell.id == "wizard")
    wizard.source = 'import ftkit\n\nftkit.wizard("method", data="data/pirate")'
    place_cells(tutorial)
    assert [v.metadata[KEY]["step"] for v in file.views(tutorial) if KEY in v.metadata] == ["method"]


def test_placing_twice_changes_nothing(tutorial):
    place_cells(tutorial)
    once = nbformat.writes(tutorial)
    place_cells(tutorial)
    assert nbformat.writes(tutorial) == once


def test_the_cells_are_those_that_the_wizard_writes(tutorial):
    from ftkit.wizards.session import Session

    call = wizard_call(file.views(tutorial))
    ours = place_cells(tutorial)
    assert Session(call.presets).cells == ours.cells


def test_a_process_has_a_peak_and_a_missing_one_has_none():
    import os

    assert peak_memory(os.getpid()) > 1_000_000
    assert peak_memory(2**22 + 1) is None


ENDED = """
import sys, nbformat
from pathlib import Path
from ftkit.cli.headless import execute
cell = nbformat.v4.new_code_cell("import os, signal, time; os.kill(os.getppid(), signal.%s); time.sleep(60)")
try:
    execute(nbformat.v4.new_notebook(cells=[cell]), Path("a.ipynb").absolute(), "none")
except KeyboardInterrupt:
    print("interrupted")
"""


@pytest.mark.parametrize("signal", ["SIGINT", "SIGTERM"])
def test_a_request_to_end_is_no_unforeseen_error(signal, tmp_path):
    done = subprocess.run(
        [sys.executable, "-c", ENDED % signal], cwd=tmp_path, capture_output=True, text=True, timeout=60
    )
    assert done.stdout.strip().endswith("interrupted"), done.stderr[-2000:]
    assert (tmp_path / "a.ipynb").exists()
