"""The cells of a wizard call without a browser are those of its buttons, byte for byte."""

from __future__ import annotations

import copy
from pathlib import Path

import pytest

from ftkit.errors import CellError, FtkitError
from ftkit.wizards.headless import cells_for_call, place_in, read_call
from ftkit.wizards.session import STEPS, Session
from ftkit.wizards.writer import NotebookWriter
from tests.wizards.open_notebook import ANCHOR, OpenNotebook, new_notebook

CALL = 'import ftkit\n\nftkit.wizard(data="pairs.jsonl", run="parrot-1")'


def test_file_and_buttons_write_the_same_bytes(work: Path) -> None:
    import nbformat

    by_file = new_notebook("print('mine')", call=CALL)
    book = OpenNotebook(copy.deepcopy(by_file))
    place_in(by_file, work)
    session = Session({"data": "pairs.jsonl", "run": "parrot-1"})
    NotebookWriter(session, book, ANCHOR).insert(STEPS, run=False, tell=lambda _: None)  # type: ignore[arg-type]
    assert nbformat.writes(by_file) == nbformat.writes(book.notebook)
    assert len(by_file.cells) == 7


def test_paths_are_read_from_the_notebooks_folder(
    work: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path_factory.mktemp("elsewhere"))
    assert [cell.step for cell in cells_for_call(CALL, work)] == list(STEPS)


def test_a_call_for_one_step_gives_one_cell(work: Path) -> None:
    assert [cell.step for cell in cells_for_call('ftkit.wizard("method", r=4)', work)] == ["method"]


def test_presets_will_do_for_a_call(work: Path) -> None:
    assert len(cells_for_call({"data": "pairs.jsonl"}, work)) == 5


@pytest.mark.parametrize(
    "source", ["ftkit.wizard(**mine)", "ftkit.wizard(run=name)", "wizard('data', 'more')"]
)
def test_a_call_that_computes_its_arguments_is_refused(source: str) -> None:
    with pytest.raises(CellError, match="computes"):
        read_call(source)


@pytest.mark.parametrize("source", ["%pip install x", "print(1)", "", "wizard"])
def test_other_cells_hold_no_call(source: str) -> None:
    assert read_call(source) is None


def test_all_obstacles_are_told_at_once(work: Path) -> None:
    with pytest.raises(FtkitError, match=r"no model.*no file") as caught:
        cells_for_call('ftkit.wizard(model="nobody", data="nowhere.csv")', work)
    assert "nobody" in str(caught.value)
