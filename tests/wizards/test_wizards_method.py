"""The Method page: questions, what is known already, the recommendation, the table."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from ftkit.fields import Machine
from ftkit.methods import METHODS
from ftkit.recipe.overview import overview
from ftkit.recipe.recommend import LOOK_FACTS_UP, PROMPT_IS_ENOUGH, TRY_A_PROMPT
from ftkit.wizards.markup import tag, text
from ftkit.wizards.panel import Panel
from ftkit.wizards.session import Session
from ftkit.wizards.technique_table import technique_table
from tests.recipe.made_up import LARGE, STARTER
from tests.tasks.trained import rows_for
from tests.tiny import write_jsonl
from tests.wizards.conftest import MACHINE
from tests.wizards.looking import control, every, text_of
from tests.wizards.open_notebook import OpenNotebook
from tests.wizards.test_wizards_tasks import page

PROMPT, HAVE, CHANGE = "Would a better prompt do?", "What have you got?", "What shall change?"


def question(panel: Panel, label: str):
    """The row of a question, and whether it is asked."""
    rows = [one for one in every(panel.widget) if "ftkit-asked" in getattr(one, "_dom_classes", ())]
    return next(row for row in rows if row.children[0].description == label)


def asked(panel: Panel, label: str) -> bool:
    return question(panel, label).layout.display != "none"


def button(panel: Panel, words: str):
    found = [one for one in every(panel.widget) if getattr(one, "description", "").startswith(words)]
    return found[0] if found else None


def test_what_the_wizard_knows_is_said_and_not_asked(session: Session) -> None:
    panel = Panel(session, OpenNotebook(), ("method",))  # type: ignore[arg-type]
    shown = text_of(panel)
    assert f"{session.facts.train_rows} of them to learn from (read from your data)" in shown
    assert "this machine has 2 cores, no graphics card, 8.0 GB of memory" in shown
    assert not asked(panel, HAVE)
    assert not asked(panel, "How many examples?")
    bare = page("method")
    assert asked(bare, HAVE)
    assert asked(bare, "How many examples?")
    assert "read from your data" not in text_of(bare)


def test_a_better_prompt_comes_first_and_may_be_enough(session: Session) -> None:
    panel = Panel(session, OpenNotebook(), ("method",))  # type: ignore[arg-type]
    assert TRY_A_PROMPT in text_of(panel)
    control(panel, PROMPT).value = "enough"
    shown = text_of(panel)
    assert PROMPT_IS_ENOUGH in shown
    assert "Recommended:" not in shown
    control(panel, PROMPT).value = "not-enough"
    assert TRY_A_PROMPT not in text_of(panel)
    control(panel, CHANGE).value = "facts"
    assert LOOK_FACTS_UP in text_of(panel)


@pytest.mark.parametrize(
    ("method", "words"),
    [
        ("lora", {"Rank", "Alpha"}),
        ("dora", {"Rank"}),
        ("qlora", set()),
        ("adalora", {"Rank"}),
        ("ia3", set()),
    ],
)
def test_what_a_rank_is_stands_where_a_technique_speaks_of_it(session: Session, method, words) -> None:
    session.choose_method(method)
    shown = text_of(Panel(session, OpenNotebook(), ("method",)))  # type: ignore[arg-type]
    for word, about in (
        ("Rank", "how much the adapter can hold"),
        ("Alpha", "how strongly the adapter counts"),
    ):
        assert (f"<b>{word}: </b>{about}" in shown) == (word in words)


def test_what_is_recommended_says_what_it_does(session: Session) -> None:
    shown = text_of(Panel(session, OpenNotebook(), ("method",)))  # type: ignore[arg-type]
    assert f"<b>LoRA</b> (you have it chosen). {text(METHODS['lora'].summary)}" in shown


def test_one_button_takes_the_recommendation(session: Session) -> None:
    panel = Panel(session, OpenNotebook(), ("method",))  # type: ignore[arg-type]
    assert "(you have it chosen)" in text_of(panel)
    assert button(panel, "Take").layout.display == "none"
    session.choose_method("prefix-tuning")
    take = button(panel, "Take LoRA")
    assert take.layout.display is None
    take.click()
    assert session.recipe.method.name == "lora"
    control(panel, PROMPT).value = "lora-short"
    button(panel, "Take").click()
    assert session.recipe.method.name != "lora"
    assert METHODS[session.recipe.method.name].speaks_for["lora-short"] in text_of(panel)


def test_it_proposes_the_task_that_fits_what_is_there_together_with_the_technique(work: Path) -> None:
    write_jsonl(work / "rows.jsonl", rows_for("classification", 100))
    panel = page("method", data="rows.jsonl", task="dpo")
    assert "another task fits" in text_of(panel)
    button(panel, "Take Feature extraction").click()
    assert panel.session.recipe.task.name == "classification"
    assert panel.session.recipe.method.name == "freeze"
    assert not asked(panel, CHANGE), "a class has no tone"


def test_nobody_is_talked_out_of_a_task_that_works(work: Path) -> None:
    write_jsonl(work / "rows.jsonl", rows_for("preference", 100))
    panel = page("method", data="rows.jsonl")
    assert "another task fits" not in text_of(panel)
    assert "pairs of answers, one better than the other" in text_of(panel)
    data = page("data", data="rows.jsonl")
    assert "a part of each example is used" in text_of(data)
    control(data, "Take that task").click()
    assert data.session.recipe.task.name == "dpo"


def test_an_answer_is_kept(session: Session) -> None:
    panel = Panel(session, OpenNotebook(), ("method",))  # type: ignore[arg-type]
    control(panel, "One task or several?").value = "several"
    fresh = Session({"data": "pairs.jsonl", "run": "parrot-1"}, machine=MACHINE)
    fresh.adopt(session.state())
    again = Panel(fresh, OpenNotebook(), ("method",))  # type: ignore[arg-type]
    assert control(again, "One task or several?").value == "several"
    assert METHODS["lora"].speaks_for["several"] in text_of(again)


def test_an_answer_of_another_version_is_passed_over(session: Session) -> None:
    session.answers = {"change": "everything", "colour": "blue"}
    panel = Panel(session, OpenNotebook(), ("method",))  # type: ignore[arg-type]
    assert control(panel, CHANGE).value == "style"


def test_where_nothing_fits_that_is_said(work: Path) -> None:
    small = Machine(2, 10**9, 10**9, 10**10)
    panel = Panel(Session({"model": "llama-3.1-8b"}, machine=small), OpenNotebook(), ("method",))  # type: ignore[arg-type]
    assert "No technique fits this machine" in text_of(panel)
    assert button(panel, "Take").layout.display == "none"


@pytest.mark.parametrize("shape", [STARTER, LARGE])
def test_the_table_has_every_technique_with_bars_and_the_same_in_words(shape) -> None:
    every_one = overview(shape, MACHINE)
    html = technique_table(every_one, shape.parameters, 0.8 * MACHINE.memory, "dora")
    rows = html.split("<tr")[2:]
    assert len(rows) == len(METHODS)
    for row, one in zip(rows, every_one, strict=True):
        assert tag("abbr", METHODS[one.id].label, title=METHODS[one.id].summary) in row
        assert f"<li><b>{METHODS[one.id].label}</b>: {text(METHODS[one.id].summary)}</li>" in html
        assert f"({one.trainable:,})" in row
        widths = [float(width) for width in re.findall(r"width:([\d.]+)%", row)]
        assert len(widths) == 3
        assert all(0 <= width <= 100 for width in widths)
        assert ("ftkit-bar-much" in row) == (one.memory > 0.8 * MACHINE.memory)
        assert ("not here" in row) == (not one.fits)
    assert 'class="ftkit-selected"' in html
    # The bars hide from screen readers: the words beside them say it all.
    assert html.count('aria-hidden="true"') == 3 * len(METHODS)
