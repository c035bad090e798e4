"""What a person may point at: a folder, a ZIP, a table in memory, several files; and what is said where it is open."""

import json
import zipfile

import pytest

from ftkit.data.identity import source_hash
from ftkit.data.sources import find_files, open_source
from ftkit.errors import DataError

ROWS = [{"prompt": f"Question {n}?", "response": f"Answer {n}."} for n in range(5)]
LINES = "".join(json.dumps(row) + "\n" for row in ROWS)


def written(folder, name, content):
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def names(source):
    return {part: [table.path.name for table in tables] for part, tables in open_source(source).items()}


def values(source, part="train"):
    return [record.value for table in open_source(source)[part] for record in table.records()]


def test_a_folder_gives_its_parts_whatever_they_are_called(tmp_path):
    for name in ("train.jsonl", "val.jsonl", "test.csv", "card.json", "notes.md"):
        written(tmp_path, name, "x")
    found = find_files(tmp_path)
    assert {part: path.name for part, [path] in found.items()} == {
        "train": "train.jsonl",
        "validation": "val.jsonl",
        "test": "test.csv",
    }


def test_a_folder_with_one_file_is_that_file(tmp_path):
    written(tmp_path, "mine.csv", "x")
    written(tmp_path, "card.json", "{}")
    assert find_files(tmp_path) == {"train": [tmp_path / "mine.csv"]}


@pytest.mark.parametrize(
    ("names", "says"),
    [
        ([], "holds no file of data; ftkit reads Arrow, CSV, Word"),
        (["train.csv", "train.json"], "has two train parts"),
    ],
)
def test_a_folder_that_leaves_it_open_is_refused(tmp_path, names, says):
    for name in names:
        written(tmp_path, name, "x")
    with pytest.raises(DataError, match=says):
        find_files(tmp_path)


def test_a_misspelt_file_is_guessed(tmp_path):
    written(tmp_path, "pirates.jsonl", "x")
    with pytest.raises(DataError, match=r"Did you mean .*pirates\.jsonl"):
        find_files(tmp_path / "pirate.jsonl")


@pytest.mark.parametrize("source", ["", "  ", {"test": "a.json"}, {"train": "a", "dev": "b"}])
def test_no_source_is_refused(source):
    with pytest.raises(DataError):
        find_files(source)


def test_another_kind_of_file_is_refused(tmp_path):
    with pytest.raises(DataError, match=r"ends in '\.pptx'; ftkit reads Arrow, CSV"):
        find_files(written(tmp_path, "a.pptx", "x"))


def test_several_files_of_one_form_are_one_part(tmp_path):
    for name in ("a.jsonl", "b.jsonl", "part10.json"):
        written(tmp_path, name, LINES)
    assert names(tmp_path) == {"train": ["a.jsonl", "b.jsonl", "part10.json"]}
    assert values(tmp_path) == ROWS * 3
    assert list(find_files(tmp_path)) == ["train"]
    assert len(source_hash(tmp_path)) == 3


def test_a_mixed_folder_says_what_it_leaves_out(tmp_path):
    for name in ("a.jsonl", "b.jsonl", "c.jsonl"):
        written(tmp_path, name, LINES)
    written(tmp_path, "other.csv", "x,y\n1,2\n")
    written(tmp_path, "notes.txt", "Not data.\n")
    written(tmp_path, "README.md", "# About\n")
    opened = open_source(tmp_path)
    assert [table.path.name for table in opened["train"]] == ["a.jsonl", "b.jsonl", "c.jsonl"]
    assert opened["train"][0].notes == ("not read: notes.txt, other.csv",)
    assert opened["train"][1].notes == ()


def test_a_folder_of_different_forms_is_refused_naming_them(tmp_path):
    written(tmp_path, "a.jsonl", LINES)
    written(tmp_path, "b.csv", "prompt,response\na,b\n")
    with pytest.raises(
        DataError, match=r"2 data files of different forms.*a\.jsonl \(JSON: prompt.*b\.csv"
    ) as caught:
        open_source(tmp_path)
    assert "Point at one of them" in caught.value.remedy


def test_a_folder_of_documents_is_read_with_the_folders_in_it(tmp_path):
    written(tmp_path, "one.txt", "First text.\nSecond text.\n")
    written(tmp_path, "deep/two.md", "# Title\n" + "Words. " * 50)
    written(tmp_path, ".hidden/no.txt", "Never.")
    assert sorted(names(tmp_path)["train"]) == ["one.txt", "two.md"]


@pytest.mark.parametrize(
    ("files", "parts"),
    [
        (
            [
                "data/train-00000-of-00002.jsonl",
                "data/train-00001-of-00002.jsonl",
                "data/test-00000-of-00001.jsonl",
            ],
            {"train": 2, "test": 1},
        ),
        (["train/10.jsonl", "train/9.jsonl", "dev/0.jsonl"], {"train": 2, "validation": 1}),
        (["pirate_train.jsonl", "pirate_test.jsonl"], {"train": 1, "test": 1}),
        (["train.jsonl.gz", "val.jsonl"], {"train": 1, "validation": 1}),
        (["train.txt", "test.txt", "README.md"], {"train": 1, "test": 1}),
    ],
)
def test_names_say_the_parts(tmp_path, files, parts):
    import gzip

    for name in files:
        written(tmp_path, name, gzip.compress(LINES.encode()) if name.endswith(".gz") else LINES)
    opened = open_source(tmp_path)
    assert {part: len(tables) for part, tables in opened.items()} == parts
    if files[0].startswith("train/"):
        assert [table.path.name for table in opened["train"]] == ["9.jsonl", "10.jsonl"]


def test_a_zip_is_a_folder(tmp_path):
    path = tmp_path / "all.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("set/train.jsonl", LINES)
        archive.writestr("set/test.csv", "prompt,response\na,b\n")
        archive.writestr("__MACOSX/set/._train.jsonl", b"\0\0")
    opened = open_source(path)
    assert {part: [table.name for table in tables] for part, tables in opened.items()} == {
        "train": [f"{path}/set/train.jsonl"],
        "test": [f"{path}/set/test.csv"],
    }
    assert values(path) == ROWS
    assert values(path, "test") == [{"prompt": "a", "response": "b"}]
    assert find_files(path) == {"train": [path], "test": [path]}


def test_parts_may_be_lists_and_tables(tmp_path):
    import pandas as pd

    one, two = written(tmp_path, "one.jsonl", LINES), written(tmp_path, "two.jsonl", LINES)
    source = {"train": [one, str(two)], "test": pd.DataFrame(ROWS)}
    assert values(source) == ROWS * 2
    assert values(source, "test") == ROWS
    assert values([one, two]) == ROWS * 2


def test_a_dataframe_is_read_as_json_would_hold_it():
    import datetime

    import pandas as pd

    frame = pd.DataFrame(
        {
            "prompt": ["a", None],
            "n": [1, 2],
            "x": [0.5, float("nan")],
            "day": [datetime.date(2026, 1, 2), pd.NaT],
            "turns": [[{"role": "user"}], []],
        },
        index=[7, 7],
    )
    assert values(frame) == [
        {"prompt": "a", "n": 1, "x": 0.5, "day": "2026-01-02", "turns": [{"role": "user"}]},
        {"prompt": None, "n": 2, "x": None, "day": None, "turns": []},
    ]
    json.dumps(values(frame))
    assert values(frame) == values(frame)
    assert find_files(frame) == {"train": []}
    assert source_hash(frame) == source_hash(frame.copy())


def test_datasets_are_read_whatever_their_format_and_parts():
    from datasets import Dataset, DatasetDict

    dataset = Dataset.from_list(ROWS)
    assert values(dataset) == ROWS
    assert values(dataset.with_format("numpy").select([3, 1])) == [ROWS[3], ROWS[1]]
    both = DatasetDict({"train": dataset, "dev": dataset.select([0])})
    assert values(both, "validation") == ROWS[:1]
    assert values(DatasetDict({"everything": dataset})) == ROWS
    assert values(dataset.to_iterable_dataset()) == ROWS
    with pytest.raises(DataError, match="holds the parts"):
        open_source(DatasetDict({"train_sft": dataset, "train_gen": dataset}))


@pytest.mark.parametrize("source", [42, None, object(), [], [1], {"train": 3}])
def test_what_is_no_source_is_refused(source):
    with pytest.raises(DataError):
        open_source(source)


def test_an_empty_table_and_doubled_columns_are_refused():
    import pandas as pd

    with pytest.raises(DataError, match="has no rows"):
        open_source(pd.DataFrame({"a": []}))
    with pytest.raises(DataError, match="two columns called 'a'"):
        open_source(pd.DataFrame([[1, 2]], columns=["a", "a"]))
