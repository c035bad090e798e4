"""Whatever a file holds: every row is accounted for, and nothing but a DataError is raised."""

import json

from hypothesis import given, settings
from hypothesis import strategies as st

from ftkit.data import inspect_data
from ftkit.errors import DataError

anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=8,
)
known = st.sampled_from(
    ["prompt", "response", "question", "answer", "instruction", "input", "output", "messages", "conversations", "text",
     "system", "history", "tools", "chosen", "rejected", "label", "images", "completion", "input_ids"]
)  # fmt: skip
message = st.dictionaries(
    st.sampled_from(["role", "content", "from", "value", "weight", "tool_calls"]),
    st.sampled_from(["user", "assistant", "system", "human", "gpt", "hello", ""]) | anything,
    max_size=3,
)
rows = st.lists(
    st.dictionaries(known, st.text(max_size=5) | st.lists(message, max_size=4) | anything, max_size=4)
    | anything,
    min_size=1,
    max_size=12,
)
quick = settings(max_examples=150)


def said(error):
    assert error.what
    assert error.remedy


def check(path):
    try:
        found = inspect_data(path)
    except DataError as error:
        return said(error)
    assert found.rows == found.usable + sum(s.count for s in found.skipped)
    assert found.usable >= 0
    assert bool(found.refusal) == (not found.parts)
    if found.parts:
        assert set(found.parts) == {"train", "validation", "test"}
        assert found.parts["train"] >= 1
        assert found.parts["validation"] or not found.parts["test"]
        assert sum(found.parts.values()) >= found.usable
    return json.dumps(found.to_json())


@quick
@given(rows)
def test_any_json_rows(tmp_path, data):
    path = tmp_path / "a.json"
    path.write_text(json.dumps(data))
    check(path)


@quick
@given(rows)
def test_any_json_lines(tmp_path, data):
    path = tmp_path / "a.jsonl"
    path.write_text("\n".join(json.dumps(row) for row in data))
    check(path)


@quick
@given(st.binary(max_size=200), st.sampled_from(["a.json", "a.jsonl", "a.csv", "a.tsv"]))
def test_any_bytes(tmp_path, data, name):
    path = tmp_path / name
    path.write_bytes(data)
    check(path)


@quick
@given(st.lists(st.lists(st.text(alphabet='ab,;"\n\r\té', max_size=6), max_size=4), min_size=1, max_size=8))
def test_any_csv(tmp_path, data):
    path = tmp_path / "a.csv"
    path.write_text("prompt,response\n" + "\n".join(",".join(row) for row in data), newline="")
    check(path)


@quick
@given(rows, rows, rows)
def test_any_three_files(tmp_path, train, validation, test):
    for name, data in (("train", train), ("validation", validation), ("test", test)):
        (tmp_path / f"{name}.json").write_text(json.dumps(data))
    check(tmp_path)
