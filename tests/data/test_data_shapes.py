"""Files whose rows are written in another way than their name says, or than most are: found, or clearly refused."""

import gzip
import json

import pytest

from ftkit.data import inspect_data, prepare_data
from ftkit.data.reading.encoding import guess
from ftkit.errors import DataError

ROWS = [{"instruction": f"Why {n}?", "input": "", "output": f"Because {n}."} for n in range(6)]
LINES = "".join(json.dumps(row) + "\n" for row in ROWS)
TABLE = "instruction,input,output\n" + "".join(f"Why {n}?,,Because {n}.\n" for n in range(6))
COLUMNS = {name: [row[name] for row in ROWS] for name in ROWS[0]}


def found(tmp_path, name, content):
    path = tmp_path / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return inspect_data(path)


@pytest.mark.parametrize(
    "whole",
    [
        COLUMNS,
        {name: dict(enumerate(values)) for name, values in COLUMNS.items()},
        {str(n): row for n, row in enumerate(ROWS)},
        {"columns": list(ROWS[0]), "index": list(range(6)), "data": [list(row.values()) for row in ROWS]},
        *({key: ROWS, "version": 1} for key in ("items", "dataset", "samples", "records", "entries", "Data")),
        {"rows": [{"row_idx": n, "row": row, "truncated_cells": []} for n, row in enumerate(ROWS)]},
    ],
)
@pytest.mark.parametrize("indent", [None, 1])
def test_one_object_may_hold_all_rows(tmp_path, whole, indent):
    seen = found(tmp_path, "a.json", json.dumps(whole, indent=indent))
    assert (seen.family, seen.usable, seen.rows) == ("alpaca", 6, 6)
    assert seen.preview[0]["prompt"][0]["content"] == "Why 0?"
    assert any("the rows are" in note for note in seen.notes)


@pytest.mark.parametrize(
    "whole",
    [
        {"messages": [{"role": "user", "content": "a"}, {"role": "assistant", "content": "b"}]},
        {"prompt": "a", "answers": [{"answer": "b", "rank": 1}, {"answer": "c", "rank": 2}]},
        {"chosen": {"role": "assistant", "content": "a"}, "rejected": {"role": "assistant", "content": "b"}},
        {"conversations": ["a", "b"]},
        {"question_id": 1, "turns": ["a", "b"], "reference": ["c", "d"]},
        {"input_ids": [1, 2], "attention_mask": [1, 1], "labels": [1, 2]},
        {"instruction": "a", "instances": [{"input": "", "output": "b"}]},
        {"prompt": [{"role": "user", "content": "a"}], "completion": [{"role": "assistant", "content": "b"}]},
    ],
)
def test_a_single_row_stays_one(tmp_path, whole):
    assert found(tmp_path, "a.json", json.dumps(whole, indent=1)).rows == 1


def test_parts_in_one_object_are_kept_apart(tmp_path):
    more = [{"instruction": f"How {n}?", "input": "", "output": "So."} for n in range(4)]
    seen = found(tmp_path, "a.json", json.dumps({"train": ROWS, "validation": more[:2], "test": more[2:]}))
    assert (seen.rows, seen.usable, seen.split) == (10, 10, "files")
    assert seen.parts == {"train": 6, "validation": 2, "test": 2}
    made = prepare_data(tmp_path / "a.json", out=tmp_path / "out")
    assert {row["prompt"][0]["content"] for row in made["test"]} == {"How 2?", "How 3?"}


@pytest.mark.parametrize("name", ["a", "a.data", "a.txt", "a.csv", "a.tsv", "a.JSON", "a.gz", "a.txt.gz"])
@pytest.mark.parametrize(
    "content", [LINES, json.dumps(ROWS), json.dumps(ROWS, indent=2)], ids=["lines", "list", "indented"]
)
def test_json_is_read_whatever_it_is_called(tmp_path, name, content):
    data = gzip.compress(content.encode()) if name.endswith(".gz") else content
    seen = found(tmp_path, name, data)
    assert (seen.family, seen.usable) == ("alpaca", 6)
    if name != "a.JSON":
        assert any("JSON" in note for note in seen.notes)


@pytest.mark.parametrize("name", ["a", "a.txt", "a.gz"])
@pytest.mark.parametrize("mark", [",", "\t", ";"])
def test_a_table_is_read_whatever_it_is_called(tmp_path, name, mark):
    content = TABLE.replace(",", mark)
    seen = found(tmp_path, name, gzip.compress(content.encode()) if name.endswith(".gz") else content)
    assert (seen.family, seen.usable) == ("alpaca", 6)
    assert any("CSV" in note for note in seen.notes)


def test_prose_with_commas_stays_prose(tmp_path):
    prose = "The cat, the dog and the bird\nwent, as they say, home.\nIt was late, and dark, and cold.\nNobody spoke.\n"
    for name in ("a", "a.txt"):
        seen = found(tmp_path, name, prose)
        assert (seen.family, seen.usable) == ("plain-text", 4)
    assert found(tmp_path, "b.txt", "one, two\nthree, four\nfive, six\n").family == "plain-text"


def test_a_table_without_column_names_loses_no_row(tmp_path):
    seen = found(tmp_path, "a.csv", "positive,I love it\nnegative,I hate it\npositive,So good\nnegative,No\n")
    assert (seen.rows, seen.columns) == (4, ("column 1", "column 2"))
    assert any("no column names" in note for note in seen.notes)
    named = inspect_data(tmp_path / "a.csv", columns={"text": "column 2", "label": "column 1"})
    assert (named.family, named.usable) == ("classification", 4)
    assert named.preview[0] == {"text": "I love it", "label": "positive"}


def test_a_first_row_with_long_texts_is_no_header(tmp_path):
    rows = "".join(f"{n},A long enough story about the number {n} that ends here.\n" for n in range(5))
    seen = found(tmp_path, "a.csv", rows)
    assert (seen.rows, seen.columns) == (5, ("column 1", "column 2"))


def test_the_questions_of_a_survey_are_column_names(tmp_path):
    asked = "What is your name?,Which of these colours do you like most. Choose one."
    seen = found(tmp_path, "a.csv", f"{asked}\nAnn,red\nBob,blue\nEve,red\n")
    assert (seen.rows, seen.columns) == (3, tuple(asked.split(",")))


def test_a_header_that_comes_again_is_no_row(tmp_path):
    seen = found(tmp_path, "a.csv", TABLE + TABLE.replace("Why", "How"))
    assert (seen.usable, seen.rows) == (12, 13)
    assert [(one.reason, one.first_rows) for one in seen.skipped] == [
        ("the row repeats the column names", (7,))
    ]


@pytest.mark.parametrize("encoding", ["utf-32-le", "utf-32-be"])
def test_utf_32_without_a_mark(tmp_path, encoding):
    seen = found(tmp_path, "a.jsonl", LINES.replace("Why", "Wäs").encode(encoding))
    assert (seen.family, seen.usable) == ("alpaca", 6)


def test_russian_is_not_taken_for_a_macintosh_s():
    table = "instruction,output\nСтолица России?,Москва конечно\nСтолица Франции?,Париж\n"
    assert guess(table.encode("cp1251")) == "cp1251"


def test_a_comma_too_many_is_said_with_its_line(tmp_path):
    seen = found(tmp_path, "a.jsonl", LINES + '{"instruction": "a", "output": "b",}\n')
    assert [(one.reason, one.first_rows) for one in seen.skipped] == [
        ("there is a comma with nothing after it", (7,))
    ]


def test_what_datasets_saved_is_read(tmp_path):
    import datasets

    rows = datasets.Dataset.from_list(ROWS)
    rows.save_to_disk(tmp_path / "one")
    datasets.DatasetDict(
        {"train": rows, "test": rows.map(lambda row: {"instruction": "x" + row["instruction"]})}
    ).save_to_disk(tmp_path / "two")
    assert (inspect_data(tmp_path / "one").family, inspect_data(tmp_path / "one").usable) == ("alpaca", 6)
    both = inspect_data(tmp_path / "two")
    assert (both.usable, both.parts["test"]) == (12, 6)


def test_a_broken_arrow_file_is_refused(tmp_path):
    for content in (b"", b"ARROW1\0\0" + b"x" * 100, b"\xff\xff\xff\xff" + b"\x10\0\0\0" + b"y" * 50):
        with pytest.raises(DataError):
            found(tmp_path, "a.arrow", content)


def test_a_place_without_data_is_told_in_one_sentence(tmp_path):
    with pytest.raises(DataError, match=r"holds no file of data; ftkit reads Arrow, CSV"):
        inspect_data(tmp_path)
