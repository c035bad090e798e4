"""Operations on a notebook file: all or none, everything else byte for byte the same."""

from __future__ import annotations

import copy
import json

import nbformat
import pytest

from ftkit.errors import CellError
from ftkit.notebook import CellView, Insert, Replace, file


def notebook():
    cells = [
        nbformat.v4.new_markdown_cell("# Title", id="text"),
        nbformat.v4.new_code_cell("wizard()", id="w", metadata={"tags": ["a"]}, execution_count=3),
        nbformat.v4.new_code_cell("x = 1\n", id="m", outputs=[nbformat.v4.new_output("stream", text="hi")]),
    ]
    return nbformat.v4.new_notebook(cells=cells, metadata={"mine": 1})


def test_views_hold_every_cell():
    assert file.views(notebook()) == [
        CellView("text", "markdown", "# Title", {}),
        CellView("w", "code", "wizard()", {"tags": ["a"]}),
        CellView("m", "code", "x = 1\n", {}),
    ]


def test_a_view_is_a_copy():
    book = notebook()
    file.views(book)[1].metadata["tags"].append("b")
    assert book.cells[1].metadata.tags == ["a"]


def test_cells_are_inserted_and_replaced_in_order():
    book = notebook()
    mark = {"ftkit": {"step": "data"}}
    file.apply(
        book,
        [Insert("a", "w", "one"), Insert("b", "a", "two", mark), Replace("m", "x = 1\n", "x = 2", {"k": 1})],
    )
    assert [(c.id, c.source) for c in book.cells] == [
        ("text", "# Title"),
        ("w", "wizard()"),
        ("a", "one"),
        ("b", "two"),
        ("m", "x = 2"),
    ]
    assert book.cells[3].metadata == mark
    assert book.cells[4].metadata == {"k": 1}
    assert book.cells[4].outputs[0].text == "hi"
    nbformat.validate(book)


@pytest.mark.parametrize(
    ("operation", "why"),
    [
        (Insert("a", "gone", ""), "There is no cell gone in the notebook."),
        (Insert("m", "w", ""), "There is already a cell m in the notebook."),
        (Replace("gone", "", ""), "There is no cell gone in the notebook."),
        (Replace("text", "# Title", ""), "Cell text is not a code cell."),
        (Replace("m", "x = 1", ""), "Cell m was changed meanwhile."),
    ],
)
def test_what_does_not_fit_changes_nothing(operation, why):
    book = notebook()
    before = copy.deepcopy(book)
    with pytest.raises(CellError) as caught:
        file.apply(book, [Insert("new", "w", "1"), operation])
    assert caught.value.what == why
    assert book == before


def test_an_id_that_two_cells_have_is_refused():
    book = notebook()
    book.cells.append(copy.deepcopy(book.cells[2]))
    with pytest.raises(CellError, match="Two cells have the id m"):
        file.apply(book, [Replace("m", "x = 1\n", "")])


def test_reading_and_writing_keep_everything_else(tmp_path):
    path = tmp_path / "ä b.ipynb"
    nbformat.write(notebook(), path)
    before = path.read_bytes()
    file.write(file.read(path), path)
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


def test_old_notebooks_get_the_same_ids_every_time(tmp_path):
    path = tmp_path / "old.ipynb"
    cell = {
        "cell_type": "code",
        "source": ["a\n", "b"],
        "metadata": {},
        "outputs": [],
        "execution_count": None,
    }
    path.write_text(json.dumps({"cells": [cell, cell], "metadata": {}, "nbformat": 4, "nbformat_minor": 4}))
    first, second = file.read(path), file.read(path)
    assert [view.id for view in file.views(first)] == ["cell-0", "cell-1"]
    assert first == second
    file.apply(first, [Insert("x", "cell-0", "1")])
    file.write(first, path)


@pytest.mark.parametrize("text", [None, "", "{}", "[1]", '{"nbformat": 4}'])
def test_what_is_no_notebook_is_said_so(tmp_path, text):
    path = tmp_path / "none.ipynb"
    if text is not None:
        path.write_text(text)
    with pytest.raises(CellError, match=r"none\.ipynb"):
        file.read(path)
