"""The code of a run: valid Python, with every cell it needed and no other."""

from __future__ import annotations

import ast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ftkit.training.source import code_of_cells, needed_cells, without_magics


@pytest.mark.parametrize(
    ("cell", "plain"),
    [
        ("x = 1", "x = 1"),
        ("%matplotlib inline\nx = 1", "# %matplotlib inline\nx = 1"),
        ("!pip install x", "# !pip install x"),
        ("if x:\n    !ls\n", "if x:\n    pass  # !ls"),
        ("files = !ls", "# files = !ls"),
        ("x?", "# x?"),
        ("%%time\nx = 1", "# %%time\nx = 1"),
        ("%%bash\nrm -rf x", "# %%bash\n# rm -rf x"),
        ("x = (7\n % 3)", "x = (7\n % 3)"),
        ('text = """\n!not a magic\n"""', 'text = """\n!not a magic\n"""'),
        ("this is no Python", "# this is no Python"),
        ("\\\n\n", "# \\"),
    ],
)
def test_magics_become_comments(cell, plain):
    assert without_magics(cell) == plain
    ast.parse(without_magics(cell))


@given(st.text(max_size=60) | st.text(alphabet="%!?=x \n\t'\"(#\\", max_size=40))
@settings(max_examples=300)
def test_whatever_stands_in_a_cell_becomes_valid_python(cell):
    ast.parse(without_magics(cell))
    ast.parse(code_of_cells([cell, "x = 1", cell]))


CELLS = [
    "import ftkit\nftkit.wizard()",
    "model_path = 'old'",
    "from transformers import AutoTokenizer\nmodel_path = 'new'\ntokenizer = AutoTokenizer.from_pretrained(model_path)",
    "print('nothing to do with it')",
    "tokenizer.pad_token = 'x'",
    "from datasets import load_dataset\ndata = load_dataset('json')",
    "def fits(row, limit=3):\n    return len(row) < limit",
    "data = data.filter(fits)",
    "row = 5",
    "unused = [row for row in data]",
    "trainer = Trainer(tokenizer, data, [row for row in range(3)])\ntrainer.train()",
]


def test_the_cells_that_were_needed_are_found_by_their_names():
    # 0: import of ftkit is not needed; 1: replaced by 2; 3, 8, 9: nothing of it is used.
    assert needed_cells(CELLS, 10) == [2, 4, 5, 6, 7, 10]


def test_names_inside_functions_and_comprehensions_stay_inside():
    assert needed_cells(["row = 1", "x = [row for row in range(3)]"], 1) == [1]
    assert needed_cells(["row = 1", "def f(row):\n    return row\nf(2)"], 1) == [1]
    assert needed_cells(["limit = 1", "def f(row):\n    return row < limit\nf(2)"], 1) == [0, 1]
    assert needed_cells(["a = 1", "class A:\n    b = a"], 1) == [0, 1]


def test_a_name_that_changes_in_place_takes_the_change_along():
    assert needed_cells(["x = {}", "x['a'] = 1", "x = {}", "x.update(a=2)", "y = x"], 4) == [2, 3, 4]
    assert needed_cells(["n = 1", "n += 1", "m = n"], 2) == [0, 1, 2]


def test_a_cell_that_was_run_twice_is_taken_as_it_was_last():
    code = code_of_cells(["a = 1", "a = 2", "print(a)"])
    assert code == "a = 2\n\n\nprint(a)\n"


def test_a_line_that_parses_and_cannot_run_is_passed_over():
    assert needed_cells(["nonlocal x", "return 3", "a = await b", "c = a"], 3) == [2, 3]


def test_nothing_gives_nothing():
    assert code_of_cells([]) == ""
