"""The cells of a wizard call without a browser are those of its buttons, byte for byte."""

from __future__ import annotations

import copy
from pathlib import Path

import nbformat

from ftkit.cli.headless import place_cells
from ftkit.wizards.session import STEPS, Session
from ftkit.wizards.writer import NotebookWriter
from tests.wizards.open_notebook import OpenNotebook, new_notebook

CALL = 'import ftkit\n\nftkit.wizard(data="pairs.jsonl", run="parrot-1")'


def test_file_and_buttons_write_the_same_bytes(work: Path) -> None:
    by_file = new_notebook("print('mine')", call=CALL)
    book = OpenNotebook(copy.deepcopy(by_file))
    place_cells(by_file)
    session = Session({"data": "pairs.jsonl", "run": "parrot-1"})
    NotebookWriter(session, book).insert(STEPS, run=False, tell=lambda _: None)  # type: ignore[arg-type]
    assert nbformat.writes(by_file) == nbformat.writes(book.notebook)
    assert len(by_file.cells) == 7
