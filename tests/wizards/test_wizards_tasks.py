"""What the model shall learn: chosen in the form, and everything that follows from it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ftkit.data.forms import FORMS
from ftkit.recipe.recommend import haves
from ftkit.tasks import TASKS
from ftkit.wizards.panel import Panel
from ftkit.wizards.session import STEPS, Session
from ftkit.wizards.task_choice import LABEL
from tests.tasks.trained import rows_for
from tests.tiny import write_jsonl
from tests.wizards.conftest import MACHINE
from tests.wizards.looking import control, every, press, text_of
from tests.wizards.open_notebook import OpenNotebook

EVERY = pytest.mark.parametrize("task", TASKS.values(), ids=TASKS)


def page(step: str, **presets: Any) -> Panel:
    return Panel(Session(presets, machine=MACHINE), OpenNotebook(), (step,))  # type: ignore[arg-type]


def test_every_task_is_offered_with_what_it_does_when_to_choose_it_and_what_it_needs(work: Path) -> None:
    panel = page("model")
    assert [value for _, value in control(panel, LABEL).options] == list(TASKS)
    shown = text_of(panel)
    for task in TASKS.values():
        for words in (task.title, task.summary, task.choose_when, haves()[task.form][1:]):
            assert words in shown


@EVERY
def test_the_data_page_speaks_of_the_examples_that_the_task_needs(work: Path, task: Any) -> None:
    panel = page("data")
    control(panel, LABEL).value = task.id
    shown = text_of(panel)
    form = FORMS[task.form]
    assert form.LEAD in shown
    assert form.EXAMPLE in shown
    others = [one for one in FORMS.values() if task.form != one.ID]
    assert not any(one.LEAD in shown or f"<code>{one.EXAMPLE}</code>" in shown for one in others)


@EVERY
def test_all_pages_can_be_looked_at_and_all_cells_written(work: Path, task: Any) -> None:
    write_jsonl(work / "rows.jsonl", rows_for(task.form, 60))
    more = {}
    if task.id == "multi-task":
        write_jsonl(work / "others.jsonl", rows_for(task.form, 40))
        more = {"also": [{"source": "others.jsonl", "weight": 1.0}]}
    book = OpenNotebook()
    panel = Panel(Session({"data": "rows.jsonl", "task": task.id, **more}, machine=MACHINE), book, STEPS)  # type: ignore[arg-type]
    panel.start()
    for step in STEPS:
        panel.go(step)
    assert [notice.key for notice in panel.board.notices] == []
    press(panel, "Insert all")
    assert book.steps() == list(STEPS)
    assert f"{task.trainer}(" in book.source("train")


def test_a_task_s_own_settings_are_fields_and_reach_the_cell(work: Path) -> None:
    write_jsonl(work / "rows.jsonl", rows_for("classification", 60))
    panel = page("train", data="rows.jsonl", task="classification")
    field = control(panel, "Weigh rare classes")
    assert [value for _, value in field.options] == [False, True]
    field.value = True
    assert panel.session.recipe.task.class_weights is True
    assert "weighted_loss" in panel.session.cells["train"].source
    panel.session.choose_task("dpo")
    control(panel, "Beta").value = "0.3"
    assert panel.session.recipe.task.beta == 0.3
    assert not [one for one in every(panel.widget) if getattr(one, "description", "") == "Weigh rare classes"]
    panel.session.choose_task("classification")
    assert panel.session.recipe.task.class_weights is True, "it comes back as it was"


def test_examples_for_another_task_are_recognised_and_that_task_is_one_click_away(work: Path) -> None:
    write_jsonl(work / "rows.jsonl", rows_for("classification", 60))
    panel = page("data", data="rows.jsonl", task="dpo")
    assert "made for another task" in text_of(panel)
    press(panel, "Take that task")
    assert panel.session.recipe.task.name == "classification"
    assert "60 of 60 rows can be used" in text_of(panel)
    assert control(panel, "Take that task").layout.display != "none"
    other = next(one for one in every(panel.widget) if "Take that task" in _children(one))
    assert other.layout.display == "none"


def _children(widget: Any) -> list[str]:
    return [
        getattr(each, "description", "")
        for child in getattr(widget, "children", ())
        for each in getattr(child, "children", ())
    ]


def test_the_form_asks_for_the_parts_that_the_task_needs(work: Path) -> None:
    write_jsonl(work / "odd.jsonl", [{"a": f"{n}?", "b": f"good {n}", "c": f"bad {n}"} for n in range(40)])
    panel = page("data", data="odd.jsonl", task="dpo")
    for label, column in (("The better answer", "b"), ("The worse answer", "c"), ("What is asked", "a")):
        control(panel, label).value = column
    assert "40 of 40 rows can be used" in text_of(panel)
    panel.session.choose_task("classification")
    assert {"Text", "Label"} <= {getattr(one, "description", "") for one in every(panel.widget)}


def test_a_text_to_be_classified_is_read_and_its_label_learned(work: Path) -> None:
    write_jsonl(work / "rows.jsonl", rows_for("classification", 60))
    shown = text_of(page("data", data="rows.jsonl", task="classification"))
    assert "0 tokens trained on" in shown
    assert "none of their tokens is learned to be written" in shown
    assert "Label · learned" in shown.replace('<i class="ftkit-mark">', "")


# -- what depends on task and technique ----------------------------------------------------------


def test_a_technique_brings_its_own_rate_unless_the_person_has_set_one(session: Session) -> None:
    def rate() -> float:
        return float(session.resolved.recipe.training.learning_rate)

    lora = rate()
    session.choose_method("ia3")
    assert rate() > lora
    assert session.resolved.recipe.training.weight_decay == 0
    session.choose_method("full")
    assert rate() < lora
    session.set({"training.learning_rate": 3e-4, "training.weight_decay": 0.05})
    session.choose_method("ia3")
    assert (rate(), session.resolved.recipe.training.weight_decay) == (3e-4, 0.05)


def test_a_task_s_starts_come_and_go_with_it_but_never_over_what_was_set(session: Session) -> None:
    session.choose_task("classification")
    assert session.recipe.training.batch_size == 16
    session.choose_task("sft")
    assert session.recipe.training.batch_size == 8
    session.set({"training.batch_size": 8})  # the very number that it starts with, but said
    session.choose_task("classification")
    assert session.recipe.training.batch_size == 8


def test_what_was_set_is_remembered_in_the_notebook(session: Session) -> None:
    session.set({"training.batch_size": 8})
    session.answer("change", "complete")
    again = Session({"data": "pairs.jsonl", "run": "parrot-1"}, machine=MACHINE)
    again.adopt(session.state())
    again.choose_task("classification")
    assert again.recipe.training.batch_size == 8
    assert again.answers == {"change": "complete"}


def test_a_preset_counts_as_set(work: Path) -> None:
    session = Session({"batch_size": 8}, machine=MACHINE)
    session.choose_task("classification")
    assert session.recipe.training.batch_size == 8


def test_a_changed_task_preset_brings_its_own_settings_and_starts(session: Session) -> None:
    stored = Session({"task": "dpo", "beta": 0.2}, machine=MACHINE)
    again = Session({"task": "classification"}, machine=MACHINE)
    again.adopt(stored.state())
    assert again.recipe.task.name == "classification"
    assert again.recipe.training.batch_size == 16
    back = Session({"task": "dpo", "beta": 0.3}, machine=MACHINE)
    back.adopt(again.state())
    assert back.recipe.task.beta == 0.3
    assert back.recipe.training.batch_size == 8


def test_an_emptied_field_is_as_if_nobody_had_set_it(work: Path) -> None:
    panel = page("train", task="classification")
    control(panel, "Batch size").value = "32"
    assert panel.session.recipe.training.batch_size == 32
    control(panel, "Batch size").value = ""
    assert panel.session.recipe.training.batch_size == 16
    assert control(panel, "Batch size").value == "16"
    panel.session.choose_task("sft")
    assert panel.session.recipe.training.batch_size == 8


def test_the_review_names_the_task_and_its_settings(work: Path) -> None:
    write_jsonl(work / "rows.jsonl", rows_for("preference", 60))
    shown = text_of(page("compare", data="rows.jsonl", task="dpo", beta=0.25))
    assert TASKS["dpo"].title in shown
    hyperparameters = shown.partition("<h4>Hyperparameters</h4>")[2]
    assert "Beta</th><td>0.25</td><td>your choice" in hyperparameters


def test_a_task_s_setting_reaches_an_edited_cell_as_the_others_do(work: Path) -> None:
    write_jsonl(work / "rows.jsonl", rows_for("preference", 60))
    book = OpenNotebook()
    session = Session({"data": "rows.jsonl", "task": "dpo", "beta": 0.2}, machine=MACHINE)
    panel = Panel(session, book, STEPS)  # type: ignore[arg-type]
    panel.start()
    press(panel, "Insert all")
    book.edit("train", "outcome =", "# mine\noutcome =")
    session.set({"task.beta": 0.4})
    press(panel, "Keep the form's")
    assert "beta=0.4" in book.source("train")
    assert "# mine" in book.source("train")


def test_edited_cells_of_several_data_sets_reach_the_form_and_the_other_way_round(work: Path) -> None:
    for name in ("rows", "poems", "songs"):
        write_jsonl(work / f"{name}.jsonl", rows_for("sft", 40))
    book = OpenNotebook()
    also = [{"source": "poems.jsonl", "weight": 1.0}]
    session = Session({"data": "rows.jsonl", "task": "multi-task", "also": also}, machine=MACHINE)
    panel = Panel(session, book, STEPS)  # type: ignore[arg-type]
    panel.start()
    press(panel, "Insert all")
    book.edit("data", '"poems.jsonl"', '"songs.jsonl"')
    assert "Other data sets" in text_of(panel)
    press(panel, "Take the cell's")
    assert [(one.source, one.weight, one.name) for one in session.recipe.task.also] == [
        ("songs.jsonl", 1.0, "poems")
    ]
    assert session.cells["data"].source == book.source("data")

    book.edit("train", '"poems": 1.0', '"poems": 4.0')
    press(panel, "Take the cell's")
    assert session.recipe.task.also[0].weight == 4.0
    assert session.cells["train"].source == book.source("train")

    book.edit("data", "import ftkit\n", "import ftkit  # mine\n")
    session.set({"task.also": [{"source": "poems.jsonl", "weight": 4.0}]})
    press(panel, "Keep the form's")
    assert '"poems.jsonl"' in book.source("data")
    assert "# mine" in book.source("data")
