"""A table in memory becomes a file that holds the very same records, and overwrites nothing."""

import datetime
import json

import pandas as pd
import pytest
from datasets import Dataset, DatasetDict

from ftkit.data import inspect_data
from ftkit.data.table_file import is_table, keep_table
from ftkit.errors import DataError

ROWS = [{"question": f"What is {n}?", "answer": f"It is {n}.\nÄh, \u2028 so."} for n in range(20)]


def test_what_a_table_is():
    frame = pd.DataFrame(ROWS)
    assert is_table(frame)
    assert is_table(Dataset.from_list(ROWS))
    assert is_table({"train": frame, "test": frame})
    assert is_table(DatasetDict({"train": Dataset.from_list(ROWS)}))
    assert not any(map(is_table, ("a.csv", ["a.csv"], {"train": "a.csv"}, {}, 3, None)))


@pytest.mark.parametrize("make", [pd.DataFrame, Dataset.from_list])
def test_the_file_says_what_the_table_says(tmp_path, make):
    path, rows = keep_table(make(ROWS), "mine", tmp_path)
    assert (path, rows) == (tmp_path / "mine.jsonl", 20)
    there, here = inspect_data(path), inspect_data(make(ROWS))
    assert (there.family, there.usable, there.parts) == (here.family, 20, here.parts)
    assert there.preview == here.preview


def test_values_that_are_no_json(tmp_path):
    frame = pd.DataFrame(
        {
            "when": [datetime.date(2020, 1, 2), None],
            "size": [1.5, float("nan")],
            "said": pd.Series(["half \ud800", "whole"], dtype=object),
            "raw": [b"\x00", b""],
        }
    )
    path, _ = keep_table(frame, "odd", tmp_path)
    first, second = map(json.loads, path.read_text(encoding="utf-8").splitlines())
    assert first == {"when": "2020-01-02", "size": 1.5, "said": "half \ud800", "raw": "b'\\x00'"}
    assert (second["when"], second["size"]) == (None, None)


def test_parts_become_a_folder(tmp_path):
    several = DatasetDict({"train": Dataset.from_list(ROWS[:10]), "validation": Dataset.from_list(ROWS[10:])})
    path, rows = keep_table(several, "both", tmp_path)
    assert rows == 20
    assert sorted(file.name for file in path.iterdir()) == ["train.jsonl", "validation.jsonl"]
    assert inspect_data(path).rows == 20
    assert keep_table(several, "both", tmp_path) == (path, 0)


def test_nothing_is_overwritten_and_the_same_is_not_written_twice(tmp_path):
    (tmp_path / "mine.jsonl").write_text("theirs\n", encoding="utf-8")
    assert keep_table(pd.DataFrame(ROWS), "mine", tmp_path) == (tmp_path / "mine-2.jsonl", 20)
    assert keep_table(pd.DataFrame(ROWS), "mine", tmp_path) == (tmp_path / "mine-2.jsonl", 0)
    assert keep_table(pd.DataFrame(ROWS[1:]), "mine", tmp_path) == (tmp_path / "mine-3.jsonl", 19)
    assert (tmp_path / "mine.jsonl").read_text(encoding="utf-8") == "theirs\n"
    assert len(list(tmp_path.iterdir())) == 3


def test_a_table_without_rows_leaves_nothing_behind(tmp_path):
    with pytest.raises(DataError, match="has no rows"):
        keep_table(pd.DataFrame({"a": []}), "none", tmp_path)
    assert not list(tmp_path.iterdir())
