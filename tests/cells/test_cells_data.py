"""The data cell yields exactly the rows that the data room counted, however plain it is."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ftkit.cells import write
from ftkit.data import inspect_data, load_parts
from tests.cells.resolved_recipes import inspected, resolved
from tests.tiny import as_chat, tiny_rows, write_jsonl

ROWS = tiny_rows(30)
ALPACA = [
    {"instruction": row["prompt"], "input": "in one word" if n % 2 else "", "output": row["answer"]}
    for n, row in enumerate(ROWS)
]
ODD_NAMES = [{'the "q"': row["prompt"], "{a}\\n": row["answer"]} for row in ROWS]
SHAREGPT = [
    {"conversations": [{"from": "human", "value": r["prompt"]}, {"from": "gpt", "value": r["answer"]}]}
    for r in ROWS
]


def three_files(folder: str, rows: list[dict[str, Any]]) -> str:
    for part, chosen in (("train", rows[:20]), ("validation", rows[20:25]), ("test", rows[25:])):
        write_jsonl(f"{folder}/{part}.jsonl", chosen)
    return folder


def data_cell(source: str, **presets: Any) -> tuple[str, Any]:
    recipe = resolved(data=source, **presets)
    choice = recipe.recipe.data
    inspection = inspect_data(
        choice.source,
        family=choice.family,
        columns=choice.columns,
        system=choice.system,
        validation_share=choice.validation_share,
        test_share=choice.test_share,
        seed=choice.split_seed,
    )
    return write(recipe, inspection)["data"].source, choice


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize(
    ("rows", "presets", "plain"),
    [
        (ROWS, {}, True),
        (ROWS, {"system": "Speak like \"Long John\" Silver {arr}\n'''"}, True),
        (ALPACA, {}, True),
        (as_chat(ROWS), {}, True),
        (SHAREGPT, {}, False),
        (ODD_NAMES, {"columns": {"prompt": 'the "q"', "answer": "{a}\\n"}}, True),
    ],
    ids=["prompt-answer", "system", "alpaca", "ready", "sharegpt", "odd column names"],
)
def test_the_cell_makes_the_rows_that_were_counted(rows, presets, plain):
    source, choice = data_cell(three_files("pirate", rows), **presets)
    assert ("ftkit" not in source) == plain
    names: dict[str, Any] = {}
    exec(source, names)
    assert {part: rows.to_list() for part, rows in names["data"].items()} == load_parts(choice)
    assert {column for columns in names["data"].column_names.values() for column in columns} == {
        "prompt",
        "completion",
    }


def test_one_file_is_dealt_out_by_one_visible_call():
    write_jsonl("all.jsonl", ROWS)
    source, choice = data_cell("all.jsonl", test_share=0.2, split_seed=7)
    assert source.endswith('data = ftkit.prepare_data("all.jsonl", test_share=0.2, seed=7)')
    names: dict[str, Any] = {}
    exec(source, names)
    assert {part: rows.to_list() for part, rows in names["data"].items()} == load_parts(choice)


def test_parts_with_other_columns_are_read_all_the_same():
    folder = three_files("pirate", ROWS)
    write_jsonl(f"{folder}/test.jsonl", [{**row, "note": "checked"} for row in ROWS[25:]])
    source, choice = data_cell(folder)
    names: dict[str, Any] = {}
    exec(source, names)
    assert {part: rows.to_list() for part, rows in names["data"].items()} == load_parts(choice)


@pytest.mark.parametrize("folder", ["pirate[1]", "what?", "a*b"])
def test_a_path_that_datasets_takes_for_a_pattern_goes_through_ftkit(folder):
    source, choice = data_cell(three_files(folder, ROWS))
    assert "prepare_data" in source
    names: dict[str, Any] = {}
    exec(source, names)
    assert {part: rows.to_list() for part, rows in names["data"].items()} == load_parts(choice)


def test_a_very_long_column_name_goes_through_ftkit():
    assert "prepare_data" in write(resolved(), inspected(plain=True, column="q" * 60))["data"].source
