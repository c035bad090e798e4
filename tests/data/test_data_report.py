"""What was found out, in lines for people."""

import re

import pytest
from IPython.lib.pretty import pretty

from ftkit.data import inspect_data
from tests.tiny import write_jsonl


def test_it_says_what_is_left_out_what_the_checks_found_and_how_to_mend_it(tmp_path, tiny_model_folder):
    rows = [{"question": f"What is {n}?", "answer": f"It is {n}."} for n in range(40)]
    path = write_jsonl(tmp_path / "a.jsonl", [*rows, *rows[:12], {"question": "?", "answer": ""}])
    lines = str(inspect_data(path, model=tiny_model_folder, max_length=10)).splitlines()
    assert f"{path}: question and answer (question-answer), because" in lines[0]
    assert "  left out: 1 because the answer is empty (a.jsonl, row 53)" in lines
    said = next(line for line in lines if "FD002" in line)
    assert said.endswith("(rows 41, 42, 43, 44, 45, 46, 47, 48, …; fix: drop-duplicates)")
    assert any("100.0 % of the rows are longer than 10." in line for line in lines)
    assert pretty(inspect_data(path)) == str(inspect_data(path))


def test_unknown_columns_are_named_and_how_to_say_what_they_are(tmp_path):
    names = ["frage", "antwort", "\x1b[31m", "l" * 80, *(f"c{n}" for n in range(20))]
    rows = [{**dict.fromkeys(names, "x"), "frage": f"{n}?"} for n in range(5)]
    lines = str(inspect_data(write_jsonl(tmp_path / "a.jsonl", rows))).splitlines()
    assert lines[1] == (
        f"ftkit does not recognise the columns 'frage', 'antwort', '\\x1b[31m', '{'l' * 39}…', 'c0', 'c1', 'c2', "
        "'c3', 'c4', 'c5', 'c6', 'c7' and 12 more. Say which one holds what is asked and which one the answer."
    )
    assert lines[2] == (
        'Such as columns={"prompt": "YOUR COLUMN", "answer": "YOUR COLUMN"}; in a terminal '
        '--column prompt="YOUR COLUMN" --column answer="YOUR COLUMN", where prompt is what is asked.'
    )


@pytest.mark.parametrize(
    ("task", "asked", "explained"),
    [
        (
            "dpo",
            "what is asked and which one the better answer and which one the worse answer",
            "chosen is the better",
        ),
        ("classification", "the text and which one the label", ""),
        ("kto", "what is asked and which one the answer and which one the label", "prompt is what is asked"),
    ],
)
def test_the_parts_that_a_task_asks_for_are_called_as_in_the_form(tmp_path, task, asked, explained):
    rows = [{"eins": f"{n}?", "zwei": "x", "drei": "y"} for n in range(5)]
    found = inspect_data(write_jsonl(tmp_path / "a.jsonl", rows), task=task)
    assert found.refusal.endswith(f"Say which one holds {asked}.")
    assert explained in str(found)
    # What it says can be typed: every role it names is one that a column can be given.
    roles = re.findall(r"--column (\w+)=", str(found))
    named = inspect_data(
        tmp_path / "a.jsonl", task=task, columns=dict(zip(roles, ("eins", "zwei", "drei"), strict=False))
    )
    assert named.family != "unknown"


def test_what_would_steer_a_terminal_is_shown_as_a_mark(tmp_path):
    evil = "\x1b7\u202e\x07"
    rows = [{"question": f"{n}?", evil: "x", "answer": f"Dear [Your {evil} Name], {n}"} for n in range(40)]
    shown = str(inspect_data(write_jsonl(tmp_path / "a.jsonl", rows), columns={"prompt": evil}))
    assert not set(shown) & set(evil.replace("7", ""))
    assert "[Your �7�� Name]" in shown
