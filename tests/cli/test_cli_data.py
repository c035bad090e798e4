"""``ftkit data``: the same facts for people and for programs, whatever the file."""

import json

import pytest

from ftkit.cli import answer_to
from ftkit.cli.answer import plain
from tests.tiny import write_jsonl

KEYS = {"family", "ranked", "task", "rows", "usable", "skipped", "mapping", "checks", "tokens"}
ALPACA = [{"instruction": f"Add {n}.", "input": "", "output": f"It is {n}."} for n in range(40)]


def document(*arguments):
    answer = answer_to(["data", *map(str, arguments)])
    return answer, json.loads(json.dumps(plain(answer.document), allow_nan=False))


@pytest.fixture(autouse=True)
def no_starter(monkeypatch):
    monkeypatch.setattr("ftkit.catalog.starter.starter_here", lambda: None)


@pytest.fixture
def source(tmp_path):
    return write_jsonl(tmp_path / "mine.jsonl", [*ALPACA, {"instruction": "Add.", "input": "", "output": ""}])


def test_inspect_says_what_a_file_is(source):
    answer, found = document("inspect", source, "--json")
    assert answer.code == 0
    assert list(found)[: len(KEYS)] == ["family", "ranked", "task", "rows", "usable", "skipped", "mapping", "checks", "tokens"]  # fmt: skip
    assert (found["family"], found["task"], found["rows"], found["usable"]) == ("alpaca", "sft", 41, 40)
    assert set(found["ranked"][0]) == {"family", "score", "reason"}
    assert found["skipped"] == [
        {"reason": "the answer is empty", "count": 1, "first_rows": [41], "file": "mine.jsonl"}
    ]
    assert found["mapping"] == {"prompt": "instruction", "answer": "output", "context": "input"}
    assert found["tokens"] is None
    assert "40 of 41 rows can be used" in answer.text
    assert "1 because the answer is empty (mine.jsonl, row 41)" in answer.text


def test_inspect_counts_in_the_starter_s_tokens_where_it_is_here(source, tiny_model_folder, monkeypatch):
    monkeypatch.setattr("ftkit.catalog.starter.starter_here", lambda: tiny_model_folder)
    answer, found = document("inspect", source, "--json")
    assert found["tokens"]["min"] > 10
    assert "the starter model's" in answer.text


def test_a_starter_that_cannot_take_the_data_is_left_out(source, tmp_path, tiny_model_folder, monkeypatch):
    import shutil

    picky = shutil.copytree(tiny_model_folder, tmp_path / "picky")
    (picky / "chat_template.jinja").write_text("{{ raise_exception('no') }}")
    monkeypatch.setattr("ftkit.catalog.starter.starter_here", lambda: picky)
    answer, found = document("inspect", source, "--json")
    assert (answer.code, found["usable"], found["tokens"]) == (0, 40, None)
    assert "the starter model's" not in answer.text


def test_inspect_counts_in_tokens_of_a_model(source, tiny_model_folder):
    _, found = document("inspect", source, "--model", tiny_model_folder, "--max-length", 10, "--json")
    tokens = found["tokens"]
    assert 10 < tokens["min"] <= tokens["p50"] <= tokens["p95"] <= tokens["max"]
    assert 0 < tokens["trained_on_share"] < 1
    assert tokens["share_over_limit"] == 1
    assert sum(rows for _, _, rows in tokens["histogram"]) == 40
    assert found["injected_system"].startswith("You are a helpful AI assistant")


@pytest.mark.parametrize(
    ("family", "row"),
    [
        ("multimodal", {"messages": [{"role": "user", "content": "Who?"}], "images": ["a.jpg"]}),
        ("unknown", {"x": 1, "y": [2]}),
    ],
)
def test_what_is_no_text_is_described_in_full_and_only_prepare_fails(tmp_path, family, row):
    path = write_jsonl(tmp_path / "a.jsonl", [row] * 3)
    answer, found = document("inspect", path, "--json")
    assert answer.code == 0
    assert set(found) >= KEYS
    assert (found["family"], found["rows"], found["usable"]) == (family, 3, 0)
    assert sum(one["count"] for one in found["skipped"]) == 3
    assert found["refusal"]
    answer, found = document("prepare", path, "--out", tmp_path / "out", "--json")
    assert (answer.code, found["error"].endswith(".")) == (2, True)
    assert not (tmp_path / "out").exists()


def test_prepare_writes_files_and_a_card(source, tmp_path):
    out = tmp_path / "out"
    answer, found = document("prepare", source, "--out", out, "--licence", "CC BY 4.0", "--json")
    assert answer.code == 0
    assert found["parts"] == {"train": 32, "validation": 4, "test": 4}
    assert found["files"] == {part: f"{out.as_posix()}/{part}.jsonl" for part in found["parts"]}
    assert found["read"] == {"train": source.as_posix()}
    assert {path.name for path in out.iterdir()} == {
        "train.jsonl", "validation.jsonl", "test.jsonl", "card.md", "prepared.json",
    }  # fmt: skip
    card = (out / "card.md").read_text(encoding="utf-8")
    for words in ("CC BY 4.0", "mine.jsonl", "40 of 41 rows", "the answer is empty", "| train | 32 |"):
        assert words in card


def test_parquet_holds_the_same_rows(source, tmp_path):
    from datasets import load_dataset

    assert document("prepare", source, "--out", tmp_path / "a")[0].code == 0
    assert document("prepare", source, "--out", tmp_path / "b", "--form", "parquet")[0].code == 0
    rows = [json.loads(line) for line in (tmp_path / "a" / "train.jsonl").read_text().splitlines()]
    loaded = load_dataset("parquet", data_files=str(tmp_path / "b" / "train.parquet"))["train"]
    assert loaded.to_list() == rows


def test_a_column_is_given_a_role(tmp_path):
    rows = [{"frage": f"{n}?", "antwort": f"{n}!", "von": "a"} for n in range(9)]
    path = write_jsonl(tmp_path / "a.jsonl", rows)
    columns = ["--column", "prompt={von}: {frage}", "--column", "answer=antwort"]
    _, found = document("inspect", path, *columns, "--json")
    assert (found["usable"], found["preview"][0]["prompt"][0]["content"]) == (9, "a: 0?")


@pytest.mark.parametrize(
    "wrong",
    [
        ["--column", "prompt"],
        ["--task", "nonsense"],
        ["--family", "x"],
        ["--model", "nobody-knows"],
        ["--max-length", "0"],
        ["--overlap", "-1"],
        ["--seed", "-1"],
        ["--seed", "one"],
    ],
)
def test_what_is_not_understood_is_said(source, wrong):
    answer, found = document("inspect", source, *wrong, "--json")
    assert answer.code == 2
    assert found["error"]
    assert found["remedy"]


def test_data_alone_names_what_it_can_do():
    answer = answer_to(["data"])
    assert answer.code == 2
    assert answer.text.startswith("Say what `ftkit data` is to do.\n")
    assert "inspect   " in answer.text
    assert "prepare   " in answer.text
