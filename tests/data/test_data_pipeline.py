"""The line from a source to its files: fixes, tasks, large data and arbitrary records, with every row accounted for."""

import itertools
import json

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from ftkit.data import inspect_data, load_parts, prepare_data
from ftkit.data import store as storing
from ftkit.data.chunks import chunks_of
from ftkit.data.forms import TASKS
from ftkit.data.recipe_data import prepared_parts
from ftkit.data.store import RowStore, StoredRows, line_of
from ftkit.data.token_counts import Length, LengthCounter
from ftkit.data.tokenizer import load_tokens
from ftkit.errors import DataError
from ftkit.recipe.tree import DataChoice
from tests.data.test_data_accounting import rows as any_rows
from tests.tiny import write_jsonl

PARTS = ("train", "validation", "test")
PAIRS = [{"question": f"{n} and {n * n}?", "answer": f"It is {n + n * n}."} for n in range(60)]
quick = settings(max_examples=100)
TASK = st.sampled_from(sorted(TASKS))
FIXES = st.lists(
    st.sampled_from(["drop-empty", "drop-duplicates", "drop-placeholders", "mend-mojibake"]), max_size=3
)


def accounted(found):
    assert found.rows == found.usable + sum(one.count for one in found.skipped)


@quick
@given(any_rows, TASK, FIXES)
def test_every_row_is_accounted_for_whatever_the_task_and_the_fixes(tmp_path, data, task, fixes):
    path = tmp_path / "a.json"
    path.write_text(json.dumps(data))
    try:
        found = inspect_data(path, task=task, fixes=fixes)
    except DataError:
        return
    accounted(found)
    json.dumps(found.to_json())


@quick
@given(any_rows, TASK)
def test_prepared_or_nothing_at_all(tmp_path, data, task):
    path, out = tmp_path / "a.json", tmp_path / "out"
    path.write_text(json.dumps(data))
    for old in out.iterdir() if out.exists() else ():
        old.unlink()
    try:
        made = prepare_data(path, task=task, out=out)
    except DataError:
        assert not list(out.iterdir()) if out.exists() else True
        return
    found = inspect_data(path, task=task)
    assert {part: len(made[part]) for part in PARTS} == found.parts
    assert {one.name for one in tmp_path.iterdir()} == {"a.json", "out"}


def test_what_a_fix_leaves_out_is_counted_with_its_code(tmp_path):
    path = write_jsonl(tmp_path / "a.jsonl", [*PAIRS, *PAIRS[:5]])
    before = inspect_data(path)
    assert {one.code: one.fix for one in before.checks}["FD002"] == "drop-duplicates"
    assert before.usable == 65
    found = inspect_data(path, fixes=["drop-duplicates"])
    accounted(found)
    assert (found.usable, sum(found.parts.values())) == (60, 60)
    (left_out,) = found.skipped
    assert left_out.reason.startswith("FD002")
    assert left_out.first_rows == (61, 62, 63, 64, 65)
    assert "FD002" not in {one.code for one in found.checks}
    choice = DataChoice(source=str(path), fixes=["drop-duplicates"])
    assert sum(map(len, load_parts(choice).values())) == 60


def test_rows_over_the_length_are_left_out_and_counted_by_default(tmp_path, tiny_model_folder):
    path = write_jsonl(tmp_path / "a.jsonl", [*PAIRS, {"question": "long " * 300, "answer": "No."}])
    assert inspect_data(path, model=tiny_model_folder).usable == 61
    found = inspect_data(path, model=tiny_model_folder, max_length=256)
    accounted(found)
    assert (found.usable, found.skipped[0].first_rows) == (60, (61,))
    assert found.tokens.share_over_limit == pytest.approx(1 / 61)


def test_an_unknown_fix_is_refused(tmp_path):
    path = write_jsonl(tmp_path / "a.jsonl", PAIRS)
    with pytest.raises(DataError, match="no fix called 'drop-everything'"):
        inspect_data(path, fixes=["drop-everything"])


def test_large_data_give_the_same_bytes_and_rows(tmp_path, monkeypatch):
    rows = [*PAIRS, {"question": "é\u2028漢?", "answer": "2020-01-01"}]
    path = write_jsonl(tmp_path / "a.jsonl", rows)
    small = prepare_data(path, out=tmp_path / "small")
    parts = prepared_parts(path)
    for module in ("ftkit.data.store", "ftkit.data.arrow", "ftkit.data.recipe_data"):
        monkeypatch.setattr(f"{module}.IN_MEMORY", 10)
    monkeypatch.setattr(storing.RowStore.__init__, "__defaults__", (10,))
    monkeypatch.setattr("datasets.config.HF_DATASETS_CACHE", tmp_path / "cache")
    large = prepare_data(path, out=tmp_path / "large")
    for name in ("train.jsonl", "validation.jsonl", "test.jsonl", "card.md", "prepared.json"):
        assert (tmp_path / "small" / name).read_bytes() == (tmp_path / "large" / name).read_bytes()
    assert {part: small[part].to_list() for part in PARTS} == {part: large[part].to_list() for part in PARTS}
    assert small["train"].features == large["train"].features
    streamed = prepared_parts(path)
    assert all(isinstance(found, StoredRows) for found in streamed.values())
    assert {part: list(found) for part, found in streamed.items()} == parts
    assert streamed["train"][3] == parts["train"][3]
    assert streamed["train"][-2:] == parts["train"][-2:]


@given(st.lists(st.text(max_size=30), max_size=40), st.randoms())
def test_rows_come_back_from_the_disk_in_any_order(texts, draw):
    store = RowStore(in_memory=5)
    for text in texts:
        store.append(line_of({"text": text}) if text.isascii() else text.encode(errors="replace"))
    ordinals = list(range(len(texts)))
    draw.shuffle(ordinals)
    whole = list(store.lines(range(len(texts))))
    assert [whole[n] for n in ordinals] == list(store.lines(ordinals))
    assert len(store) == len(texts)


def test_what_tools_are_called_with_keeps_its_order():
    tool = {"type": "function", "function": {"name": "z", "arguments": {"b": 1, "a": {"y": 1, "x": 2}}}}
    row = {
        "prompt": [{"role": "user", "content": "a"}],
        "completion": [{"role": "assistant", "content": "", "tool_calls": [tool]}],
        "tools": [tool],
    }
    line = line_of(row)
    assert json.loads(line) == row
    assert json.dumps(tool).encode() in line
    assert line.index(b'"completion"') < line.index(b'"prompt"')


def test_documents_are_cut_with_overlap_and_their_source_is_kept(tmp_path, tiny_model_folder):
    texts = [" ".join(f"word{n}-{k}" for k in range(200)) for n in range(6)]
    path = write_jsonl(tmp_path / "a.jsonl", [{"text": text} for text in texts])
    found = inspect_data(path, model=tiny_model_folder, max_length=128, overlap=16)
    accounted(found)
    assert (found.task, found.usable) == ("domain", 6)
    assert found.tokens.max <= 128
    data = prepare_data(path, model=tiny_model_folder, max_length=128, overlap=16, out=tmp_path / "out")
    for part in PARTS:
        for row in data[part]:
            number = int(row["source"].removeprefix("a.jsonl, row "))
            assert row["text"] in texts[number - 1]
    sources = [{row["source"] for row in data[part]} for part in PARTS]
    assert sum(map(len, sources)) == 6


@settings(max_examples=50)
@example("࠺࠺ࡡࡍ0࠺࠺ࡡࡍ0ࠀ", 16, 0)
@given(st.text(max_size=400), st.integers(16, 64), st.integers(0, 7))
def test_no_letter_of_a_document_is_lost(tiny_model_folder, text, length, overlap):
    tokens = load_tokens(tiny_model_folder)
    pieces = chunks_of(text, tokens, length, overlap)
    place = 0
    for piece in pieces:
        # A text that repeats itself holds a piece at several places: the furthest one that leaves no gap is meant.
        following = len(text) - len(text[place:].lstrip())
        start = text.rfind(piece, 0, following + len(piece))
        assert start >= 0
        assert not text[place:start].strip()
        place = max(place, start + len(piece))
    assert not text[place:].strip()


def test_an_overlap_that_leaves_no_room_is_refused(tiny_model_folder):
    with pytest.raises(DataError, match="cannot share 30"):
        chunks_of("a", load_tokens(tiny_model_folder), 32, 30)


def test_one_very_long_row_does_not_flatten_the_histogram():
    counter = LengthCounter()
    counter.add(Length(n, n, n, n) for n in [*range(40, 340, 2), 5800])
    bars = counter.statistics(512).histogram
    assert sum(rows for _, _, rows in bars) == 151
    assert bars[-1][1] > 5800
    assert bars[-1][2] == 1
    assert len([rows for _, _, rows in bars if rows]) > 15
    assert all(one[1] == other[0] for one, other in itertools.pairwise(bars))


def test_the_notes_count_what_a_file_is_like(tmp_path):
    rows = [
        {"instruction": f"Why {n}?", "input": "" if n < 3 else "It rains.", "output": "So."} for n in range(5)
    ]
    assert (
        "the column 'input' is empty in 3 of 5 rows"
        in inspect_data(write_jsonl(tmp_path / "a.jsonl", rows)).notes
    )
    rows = [{"prompt": f"Why {n}?", "completion": "So.", "label": n % 2 == 0} for n in range(5)]
    assert (
        "rows of each label: true 3, false 2" in inspect_data(write_jsonl(tmp_path / "b.jsonl", rows)).notes
    )
    rows = [{"text": f"It is {n}.", "label": "<b>" if n else "\x1b[31m"} for n in range(5)]
    assert (
        r"rows of each label: '<b>' 4, '\x1b[31m' 1"
        in inspect_data(write_jsonl(tmp_path / "c.jsonl", rows)).notes
    )
    rows = [
        {"prompt": f"Why {n}?", "chosen": "Because." if n else "So.", "rejected": "Nothing"} for n in range(8)
    ]
    said = "the better answer is the longer one in 87.5% of 8 pairs"
    assert said in inspect_data(write_jsonl(tmp_path / "d.jsonl", rows)).notes
