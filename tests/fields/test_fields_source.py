"""Hostile values as Python source: each evaluates back to itself and is laid out as ruff would."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ftkit.fields import Source, assign, call, comment, literal
from ftkit.fields.source import WIDTH, width

HOSTILE = "'\"\\{}%#\n\r\t\x00\x0b\x0c\x85\u2028\u2029\u202e\ufeff éß漢字😀e\u0301\ud800"
texts = st.text(st.one_of(st.sampled_from(HOSTILE), st.characters()), max_size=100)
numbers = st.floats(allow_nan=False, allow_infinity=False)
plain = st.one_of(texts, st.integers(), numbers, st.booleans(), st.none())
values = st.recursive(
    plain,
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(texts, inner, max_size=3)),
    max_leaves=6,
)


def ruff_changes(folder: Path, sources: list[str]) -> str:
    """What ``ruff format`` would change, as a diff; empty where nothing."""
    folder.mkdir(exist_ok=True)
    for number, source in enumerate(sources):
        (folder / f"{number}.py").write_bytes((source + "\n").encode("utf-8", "surrogatepass"))
    ruff = Path(sys.executable).with_name("ruff")
    done = subprocess.run(
        [ruff, "format", "--isolated", "--no-cache", "--diff", folder], capture_output=True, text=True
    )
    return done.stdout or ("" if done.returncode == 0 else done.stderr)


@given(values)
def test_a_literal_evaluates_back_to_its_value(value: Any):
    assert ast.literal_eval(literal(value)) == value
    assert "\n" not in literal(value)


def test_everything_is_laid_out_as_ruff_would(tmp_path: Path):
    written: list[str] = []

    @settings(max_examples=300)
    @given(values, st.sampled_from(["x", "model_path", "a_rather_long_name_for_a_thing"]))
    def collect(value: Any, name: str) -> None:
        names: dict[str, Any] = {}
        exec(compile(assign(name, value), "cell", "exec"), names)
        assert names[name] == value
        reasons = {"lr": "a reason that is rather long for a line " * 3, "name": "short"}
        source = call("made", {"0": value, "lr": value, "name": 1}, reasons)
        assert eval(source, {"made": lambda *a, **k: (a, k)}) == ((value,), {"lr": value, "name": 1})
        short = call("made", {"0": value, "name": value}, before="x = ")
        written.extend([assign(name, value), f"x = {source}", f"x = {short}"])

    collect()
    assert ruff_changes(tmp_path / "written", written) == ""


@given(texts)
def test_a_comment_is_one_comment_whatever_its_text(text: str):
    source = comment(text)
    assert ast.parse(source).body == []
    assert all(line.startswith("# ") for line in source.split("\n") if source)


def test_floats_have_short_exponents():
    assert [literal(number) for number in (2e-5, 5e-4, 1e16, 0.0, 1e-7)] == [
        "2e-5",
        "0.0005",
        "1e16",
        "0.0",
        "1e-7",
    ]


@pytest.mark.parametrize("value", [float("nan"), float("inf"), object(), {1, 2}, b"x", [object()]])
def test_what_has_no_literal_is_refused(value: Any):
    with pytest.raises(TypeError, match="no literal"):
        literal(value)


def test_source_stays_as_it_is():
    assert literal([Source('data["train"]')]) == '[data["train"]]'


def test_wide_characters_count_twice():
    assert width("ab") == 2
    assert width("漢字") == 4
    assert width("e\u0301") == 1


def test_a_reason_that_does_not_fit_stands_above():
    source = call("f", {"a": 1, "b": 2}, {"a": "short", "b": "x" * WIDTH})
    assert source == f"f(\n    a=1,  # short\n    # {'x' * WIDTH}\n    b=2,\n)"
