"""Standard files: the same bytes for the same input, all or nothing, and equal to what the wizard showed."""

import json
import os

import pytest

from ftkit.data import inspect_data, load_parts, prepare_data
from ftkit.errors import DataError
from ftkit.recipe.tree import DataChoice
from tests.tiny import write_jsonl

PARTS = ("train", "validation", "test")
NAMES = {"train.jsonl", "validation.jsonl", "test.jsonl", "prepared.json", "card.md"}


@pytest.fixture
def source(tmp_path):
    rows = [
        {"instruction": f"Add {n}.", "input": "" if n % 2 else "é 1", "output": f"It is {n}."}
        for n in range(40)
    ]
    return write_jsonl(tmp_path / "mine.jsonl", rows)


def content(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def as_lists(data):
    return {part: [{k: row[k] for k in ("prompt", "completion")} for row in data[part]] for part in data}


def test_the_files_and_the_dataset_hold_what_load_parts_says(source, tmp_path):
    data = prepare_data(source, out=tmp_path / "out")
    expected = load_parts(DataChoice(source=str(source)))
    assert as_lists(data) == expected
    assert list(data) == list(PARTS)
    assert data["train"].column_names == ["prompt", "completion"]
    for part in PARTS:
        lines = (tmp_path / "out" / f"{part}.jsonl").read_text().splitlines()
        assert [json.loads(line) for line in lines] == expected[part]


def test_the_same_input_gives_the_same_bytes(source, tmp_path):
    prepare_data(source, out=tmp_path / "one")
    prepare_data(source, out=tmp_path / "two")
    assert content(tmp_path / "one") == content(tmp_path / "two")
    assert set(content(tmp_path / "one")) == NAMES


def test_running_the_cell_again_touches_nothing(source, tmp_path):
    out = tmp_path / "out"
    prepare_data(source, out=out)
    before = {path.name: path.stat().st_mtime_ns for path in out.iterdir()}
    prepare_data(source, out=out)
    assert {path.name: path.stat().st_mtime_ns for path in out.iterdir()} == before


def test_other_settings_replace_the_files(source, tmp_path):
    out = tmp_path / "out"
    first = as_lists(prepare_data(source, out=out))
    second = as_lists(prepare_data(source, out=out, seed=7, system="Be brief."))
    assert first != second
    assert second == load_parts(DataChoice(source=str(source), split_seed=7, system="Be brief."))


def test_what_was_prepared_is_read_as_it_is(source, tmp_path):
    out = tmp_path / "out"
    parts = as_lists(prepare_data(source, out=out))
    found = inspect_data(out)
    assert (found.family, found.plain, found.ready, found.split) == ("prompt-completion", True, True, "files")
    assert load_parts(DataChoice(source=str(out))) == parts


def test_files_of_the_person_are_never_overwritten(source, tmp_path):
    own = write_jsonl(tmp_path / "own" / "train.jsonl", [{"a": 1}])
    with pytest.raises(DataError, match="did not write"):
        prepare_data(source, out=own.parent)
    assert own.read_text() == '{"a": 1}\n'


def test_a_file_that_was_changed_by_hand_is_never_overwritten(source, tmp_path):
    out = tmp_path / "out"
    prepare_data(source, out=out)
    train = out / "train.jsonl"
    train.write_bytes(train.read_bytes() + train.read_bytes().splitlines(keepends=True)[0])
    before = content(out)
    for seed in (42, 7):
        with pytest.raises(DataError, match=r"train\.jsonl' was changed since"):
            prepare_data(source, out=out, seed=seed)
    assert content(out) == before
    train.rename(tmp_path / "mended.jsonl")
    prepare_data(source, out=out)
    assert set(content(out)) == NAMES


def test_a_licence_written_into_the_card_stays(source, tmp_path):
    out = tmp_path / "out"
    prepare_data(source, out=out)
    card = out / "card.md"
    fresh = card.read_text(encoding="utf-8")
    line = next(line for line in fresh.splitlines() if line.startswith("Licence:"))
    mine = "Licence: [CC BY 4.0](https://example.com) | see <there>"
    card.write_text(fresh.replace(line, mine), encoding="utf-8")
    for seed in (42, 7):
        prepare_data(source, out=out, seed=seed)
        assert mine in card.read_text(encoding="utf-8").splitlines()
    prepare_data(source, out=out, licence="MIT")
    assert "Licence: MIT" in card.read_text(encoding="utf-8").splitlines()


@pytest.mark.parametrize("form", ["jsonl", "parquet"])
def test_the_bytes_do_not_depend_on_the_hash_seed(tmp_path, form):
    import subprocess
    import sys

    rows = [
        {"question": f"What about the {n % 23} cafÃ©s?", "answer": f"{n % 29} of them {n}"}
        for n in range(300)
    ]
    path = write_jsonl(
        tmp_path / "a.jsonl", [*rows, *rows[:9], {"question": "?", "answer": ""}, {"other": 1}]
    )
    code = (
        "import sys; from ftkit.data import write_data; "
        f"write_data({str(path)!r}, out=sys.argv[1], form={form!r}, fixes=['mend-mojibake', 'drop-duplicates'])"
    )
    for seed in ("1", "2"):
        out = str(tmp_path / f"out{seed}")
        subprocess.run(
            [sys.executable, "-c", code, out], env={"PYTHONHASHSEED": seed, "PYTHONPATH": "."}, check=True
        )
    assert content(tmp_path / "out1") == content(tmp_path / "out2")
    assert len(content(tmp_path / "out1")) == 5


@pytest.mark.parametrize("there", [False, True])
def test_an_interruption_leaves_all_as_it_was(source, tmp_path, monkeypatch, there):
    out = tmp_path / "out"
    if there:
        prepare_data(source, out=out)
        (out / "notes.txt").write_text("mine", encoding="utf-8")
    before = content(out) if there else None
    calls = []

    def pressed(descriptor):
        calls.append(descriptor)
        if len(calls) == 3:
            raise KeyboardInterrupt

    monkeypatch.setattr(os, "fsync", pressed)
    with pytest.raises(KeyboardInterrupt):
        prepare_data(source, out=out, seed=7)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["mine.jsonl", *(["out"] if there else [])]
    assert (content(out) if there else None) == before


def test_a_source_is_never_overwritten(tmp_path):
    rows = [{"question": f"{n}?", "answer": "b"} for n in range(30)]
    path = write_jsonl(tmp_path / "x" / "train.jsonl", rows)
    before = path.read_bytes()
    with pytest.raises(DataError, match="stay as they are"):
        prepare_data(tmp_path / "x", out=tmp_path / "x")
    assert path.read_bytes() == before


def test_the_folder_has_the_name_of_the_source_by_default(source, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    prepare_data(source)
    assert set(content(tmp_path / "data" / "mine")) == NAMES
    write_jsonl(
        tmp_path / "data" / "lines" / "train.jsonl", [{"question": f"{n}?", "answer": "b"} for n in range(9)]
    )
    prepare_data("data/lines")
    assert set(content(tmp_path / "data" / "lines")) == {"train.jsonl"}
    assert set(content(tmp_path / "data" / "lines-prepared")) == NAMES


def test_nothing_is_left_half_written(source, tmp_path, monkeypatch):
    def no_room(descriptor):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", no_room)
    with pytest.raises(DataError, match="No space left on device"):
        prepare_data(source, out=tmp_path / "out")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["mine.jsonl"]


def test_data_that_cannot_be_trained_on_writes_nothing(tmp_path):
    path = write_jsonl(tmp_path / "a.jsonl", [{"x": "Once."}] * 5)
    with pytest.raises(DataError):
        prepare_data(path, out=tmp_path / "out")
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("answers", [["2020-01-01"] * 9, ["1"] * 9, ["true"] * 9, [" x\u2028\t"] * 9])
def test_answers_stay_text_whatever_they_look_like(tmp_path, answers):
    rows = [{"question": f"{n}?", "answer": answer} for n, answer in enumerate(answers)]
    data = prepare_data(write_jsonl(tmp_path / "a.jsonl", rows), out=tmp_path / "out")
    assert [row["completion"][0]["content"] for part in PARTS for row in data[part]] == answers


def three_files(folder, rows, suffix="jsonl"):
    import csv

    for start, part in enumerate(PARTS):
        chosen = rows[start::3]
        if suffix == "csv":
            folder.mkdir(parents=True, exist_ok=True)
            with (folder / f"{part}.csv").open("w", newline="", encoding="utf-8") as file:
                writer = csv.DictWriter(file, list(chosen[0]))
                writer.writeheader()
                writer.writerows(chosen)
        elif suffix == "json":
            folder.mkdir(parents=True, exist_ok=True)
            (folder / f"{part}.json").write_text(json.dumps(chosen))
        else:
            write_jsonl(folder / f"{part}.jsonl", chosen)
    return folder


def plainly(found):
    """The rows that plain datasets code yields for a column map, as the data cell writes it."""
    from datasets import load_dataset

    builder = "csv" if found.files["train"].endswith(".csv") else "json"
    data = load_dataset(builder, data_files=found.files)
    prompt, answer, context = (found.mapping.get(role) for role in ("prompt", "answer", "context"))

    def to_chat(row):
        text = "\n\n".join(part for part in (row[prompt], row[context] if context else "") if part)
        return {
            "prompt": [{"role": "user", "content": text}],
            "completion": [{"role": "assistant", "content": row[answer]}],
        }

    return as_lists(data if found.ready else data.map(to_chat, remove_columns=data["train"].column_names))


TEXTS = [
    "a",
    " b ",
    "é\u2028",
    '"q"',
    "x,y",
    "l1\nl2",
    "2 apples",
    "not true",
    "{}",
    "<b>",
    "None of it",
    "'",
]
PAIRS = [{"question": f"{n} {text}?", "answer": text} for n, text in enumerate(TEXTS)]
ALPACA = [
    {"instruction": f"Do {n}.", "input": text if n % 2 else "", "output": text}
    for n, text in enumerate(TEXTS)
]


@pytest.mark.parametrize(
    ("rows", "suffix"),
    [(PAIRS, "jsonl"), (PAIRS, "json"), (PAIRS, "csv"), (ALPACA[:], "jsonl"), (ALPACA, "json")],
)
def test_plain_means_that_plain_code_gives_the_same_rows(tmp_path, rows, suffix):
    folder = three_files(tmp_path / "three", rows, suffix)
    found = inspect_data(folder)
    assert found.plain, found.plain_reason
    assert plainly(found) == load_parts(DataChoice(source=str(folder)))


@pytest.mark.parametrize("odd", ["42", "", "NA", "true", "2020-01-01", "nan", " 1e5 ", "None", "-3.5"])
@pytest.mark.parametrize("suffix", ["csv", "json"])
def test_values_that_a_reader_would_change_are_not_called_plain(tmp_path, odd, suffix):
    rows = [{"question": f"{n}?", "answer": odd or " "} for n in range(9)]
    found = inspect_data(three_files(tmp_path / "three", rows, suffix))
    assert not found.plain


MORE = [{**row, "id": n, "ok": True, "from": "here"} for n, row in enumerate(PAIRS)]


@pytest.mark.parametrize("suffix", ["jsonl", "csv"])
def test_columns_nobody_asked_for_do_not_matter(tmp_path, suffix):
    rows = [{k: v for k, v in row.items() if k != "ok" or suffix == "jsonl"} for row in MORE]
    folder = three_files(tmp_path / "three", rows, suffix)
    assert inspect_data(folder).plain
    assert plainly(inspect_data(folder)) == load_parts(DataChoice(source=str(folder)))


@pytest.mark.parametrize("odd", [None, {"a": 1}, ["a"], 1.5, 2**60, "2020-01-01", "\ud800", ""])
def test_columns_that_would_upset_the_reader_are_not_called_plain(tmp_path, odd):
    rows = [{**row, "extra": odd if n == 4 else "text"} for n, row in enumerate(PAIRS)]
    found = inspect_data(three_files(tmp_path / "three", rows, "json"))
    assert (found.plain, found.usable) == (False, len(rows))
    ragged = [{**row, **({"extra": "x"} if n == 4 else {})} for n, row in enumerate(PAIRS)]
    assert not inspect_data(three_files(tmp_path / "ragged", ragged, "json")).plain


def test_prepared_answers_that_a_reader_would_change_are_not_called_ready(tmp_path):
    rows = [{"question": f"{n}?", "answer": "2020-01-01"} for n in range(9)]
    prepare_data(write_jsonl(tmp_path / "a.jsonl", rows), out=tmp_path / "out")
    assert not inspect_data(tmp_path / "out").plain


def test_a_column_map_that_is_more_than_a_map_is_not_called_plain(tmp_path):
    rows = [
        {"messages": [{"role": "user", "content": f"{n}"}, {"role": "assistant", "content": "b"}]}
        for n in range(9)
    ]
    found = inspect_data(three_files(tmp_path / "three", rows))
    assert (found.plain, found.usable) == (False, 9)
    assert "more than a column map" in found.plain_reason
