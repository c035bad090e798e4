"""The last page: every choice before the run, and what came of it after."""

from __future__ import annotations

import re

import ipywidgets as widgets

from ftkit.diagnosis import Remedy
from ftkit.runfolder import RunFolder
from ftkit.wizards.panel import Panel
from ftkit.wizards.session import STEPS
from tests.wizards.looking import every, finished, press, text_of
from tests.wizards.open_notebook import OpenNotebook


def test_a_remedy_changes_form_and_cell_and_names_a_new_run(panel: Panel, book: OpenNotebook) -> None:
    press(panel, "Insert all")
    book.edit("train", "outcome =", "# mine\noutcome =")
    RunFolder("parrot-1").begin()
    RunFolder("parrot-1").set_state("finished")
    said = panel.next_run.on_remedy(Remedy("training.learning_rate", 5e-4, 2.5e-4, "why", "effect"))
    assert "parrot-2" in said
    assert "learning_rate=0.00025" in book.source("train")
    assert "# mine" in book.source("train")
    assert panel.session.recipe.run == "parrot-2"
    assert RunFolder("parrot-1").exists()


def test_the_review_opens_with_what_is_to_be_read_now(panel: Panel) -> None:
    panel.go("compare")
    assert "Look it through once" in text_of(panel)
    folder = RunFolder("parrot-1")
    folder.begin()
    panel.refresh()
    assert "is being trained" in text_of(panel)
    assert "Look it through once" not in text_of(panel)
    folder.set_state("finished")
    folder.write_json("verdict.json", {"verdict": "healthy"})
    panel.refresh()
    assert "what to change next" in text_of(panel)
    # The next run, before it is started: its parent is shown, and its choices are to be looked through.
    panel.session.set({"run": "parrot-2", "parent": "parrot-1"})
    assert "Look it through once" in text_of(panel)


def test_the_findings_know_of_a_comparison_as_soon_as_it_is_made(panel: Panel) -> None:
    folder = RunFolder("parrot-1")
    folder.begin()
    folder.set_state("finished")
    folder.write_json("verdict.json", {"verdict": "healthy"})
    panel.go("compare")
    assert "were not compared on 3 questions" in text_of(panel)
    answers = {"base": {"text": "no"}, "tuned": {"text": "yes"}}
    folder.write_json("comparison.json", {"pairs": [answers] * 3})
    panel.refresh()
    assert "were not compared on 3 questions" not in text_of(panel)


def test_the_review_shows_every_choice_and_what_the_run_takes(panel: Panel) -> None:
    panel.go("compare")
    shown = text_of(panel)
    for word in ("Disk", "Time", "ftkit-runs/parrot-1", "Rank", "Learning rate", "chosen for you"):
        assert word in shown
    assert "Fixes</th><td>none</td>" in shown
    assert "Early stopping</th><td>off</td>" in shown


def test_the_review_names_the_column_that_each_part_comes_from(panel: Panel) -> None:
    columns = {"prompt": "prompt", "answer": {"template": "<b>{answer}"}, "system": {"constant": "Be brief."}}
    panel.session.set({"data.columns": columns})
    panel.go("compare")
    shown = text_of(panel)
    assert re.search("What is asked<.*>the column prompt<.*>your choice", shown)
    for words in ("put together as “<b>{answer}”", "always “Be brief.”"):
        assert words in shown
    written = " ".join(one.value for one in every(panel.widget) if isinstance(one, widgets.HTML))
    assert "&lt;b&gt;{answer}" in written
    assert "<b>{answer}" not in written


def test_the_review_says_what_each_figure_of_memory_is(panel: Panel) -> None:
    """The Model page reckons with as few examples at a time as there can be, the Review with those of this run."""
    shown = text_of(panel)
    assert "GB of memory (an estimate, one example at a time)" in re.sub(r"<[^>]+>", "", shown)
    assert "of the 6.4 GB that a run may use here (of 8.0 GB in all)" in shown
    panel.go("compare")
    assert "of the 6.4 GB that a run may use here; an estimate:" in text_of(panel)
    assert "for 4 examples of up to" in text_of(panel)


def test_what_a_task_starts_with_is_not_called_a_choice(panel: Panel) -> None:
    panel.session.choose_task("classification")
    panel.go("compare")
    shown = text_of(panel)
    assert "Epochs</th><td>3</td><td></td>" in shown
    assert "Batch size</th><td>16</td><td></td>" in shown
    panel.session.set({"training.num_train_epochs": 1.0})
    assert "Epochs</th><td>1</td><td>your choice" in text_of(panel)


def test_the_cells_that_have_something_to_show_are_brought_into_view(
    panel: Panel, book: OpenNotebook
) -> None:
    for step in STEPS[:4]:
        panel.go(step)
        press(panel, "Insert and run this step")
    press(panel, "Insert all")
    finished("parrot-1")
    panel.go("compare")
    press(panel, "Insert and run this step")
    shown = [book.view(cell).metadata["ftkit"]["step"] if cell else None for cell in book.shown]
    assert shown == [None, None, None, "train", None, "compare"]
