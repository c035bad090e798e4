"""What was found out, in lines for people."""

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


def test_what_would_steer_a_terminal_is_shown_as_a_mark(tmp_path):
    evil = "\x1b7\u202e\x07"
    rows = [{"question": f"{n}?", evil: "x", "answer": f"Dear [Your {evil} Name], {n}"} for n in range(40)]
    shown = str(inspect_data(write_jsonl(tmp_path / "a.jsonl", rows), columns={"prompt": evil}))
    assert not set(shown) & set(evil.replace("7", ""))
    assert "[Your �7�� Name]" in shown
