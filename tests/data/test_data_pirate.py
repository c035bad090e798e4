"""The tutorial's own data: its property holds in every answer, and the notebook shows the rule that is counted with."""

import json
import re
from pathlib import Path

import pytest

from ftkit.data import check_from_card, inspect_data, load_parts
from ftkit.errors import DataError
from ftkit.recipe.tree import DataChoice
from tests.tiny import write_jsonl

NOTEBOOKS = Path(__file__).parents[2] / "notebooks"
PIRATE = NOTEBOOKS / "data" / "pirate"


@pytest.fixture(scope="module")
def parts():
    return load_parts(DataChoice(source=str(PIRATE)))


def test_it_is_plain_and_complete():
    found = inspect_data(PIRATE)
    assert (found.family, found.split, found.plain, found.skipped) == ("question-answer", "files", True, ())
    assert found.parts["train"] >= 200
    assert found.parts["validation"] >= 20
    assert found.parts["test"] >= 30


def test_every_answer_has_the_property(parts):
    check = check_from_card(PIRATE)
    assert check.says == "sounds like a pirate"
    assert all(check(row["completion"][0]["content"]) for rows in parts.values() for row in rows)


def test_plain_answers_have_not():
    check = check_from_card(PIRATE)
    for answer in (
        "The capital of Italy is Rome.",
        "Aye.",
        "Are you sure? Yes, you are.",
        "",
        "Array, player, eye.",
    ):
        assert not check(answer)
    assert check("Arr! Rome, MATEY")


def test_answers_are_short_and_no_question_or_answer_comes_twice(parts):
    rows = [row for found in parts.values() for row in found]
    questions = [re.sub(r"\W+", " ", row["prompt"][0]["content"].lower()).strip() for row in rows]
    answers = [row["completion"][0]["content"] for row in rows]
    assert len(set(questions)) == len(set(answers)) == len(rows)
    assert max(len(answer.split()) for answer in answers) <= 25


def notebook():
    return json.loads((NOTEBOOKS / "01_first_fine_tune.ipynb").read_text(encoding="utf-8"))


def test_the_notebook_holds_text_and_one_wizard_call():
    code = [cell for cell in notebook()["cells"] if cell["cell_type"] == "code"]
    assert [cell["outputs"] for cell in code] == [[]]
    source = "".join(code[0]["source"])
    assert source.count("ftkit.wizard(") == 1
    assert 'data="data/pirate"' in source


def test_the_texts_tell_the_real_number_of_examples(parts):
    text = "".join("".join(cell["source"]) for cell in notebook()["cells"] if cell["cell_type"] == "markdown")
    readme = (PIRATE / "README.md").read_text(encoding="utf-8")
    total = sum(len(rows) for rows in parts.values())
    assert f"{total} short questions" in text
    assert readme.split()[4] == str(total)
    for name, verb in (("train", "train on"), ("validation", "validate with"), ("test", "test with")):
        assert f"**{name.capitalize()}** ({len(parts[name])} examples)" in text
        assert re.search(rf"{len(parts[name])} to\s{verb}", readme)


def test_the_rule_shown_in_the_notebook_is_the_rule_that_is_counted_with(parts):
    text = "\n".join(
        "".join(cell["source"]) for cell in notebook()["cells"] if cell["cell_type"] == "markdown"
    )
    shown = {}
    exec(re.search(r"```python\n(.*?)```", text, re.DOTALL)[1], shown)
    check = check_from_card(PIRATE)
    assert shown["PIRATE_WORDS"] == check.any_of
    answers = [row["completion"][0]["content"] for rows in parts.values() for row in rows]
    for answer in [*answers, *(row["prompt"][0]["content"] for row in parts["train"]), "Aye", "ye yer"]:
        assert shown["sounds_like_a_pirate"](answer) == check(answer)


def test_data_without_a_card_has_no_check(tmp_path):
    path = write_jsonl(tmp_path / "a.jsonl", [{"question": "a", "answer": "b"}])
    assert check_from_card(path) is None
    (tmp_path / "card.json").write_text('{"name": "x"}')
    assert check_from_card(path) is None


@pytest.mark.parametrize(
    "check",
    ['{"any_of": []}', '{"any_of": ["a"], "says": "x", "at_least": 2}', "3", '{"any_of": 3, "says": "x"}'],
)
def test_a_check_that_makes_no_sense_is_refused(tmp_path, check):
    path = write_jsonl(tmp_path / "a.jsonl", [{"question": "a", "answer": "b"}])
    (tmp_path / "card.json").write_text(f'{{"check": {check}}}')
    with pytest.raises(DataError, match="makes no sense"):
        check_from_card(path)
