"""A page that is loaded anew while the panel's cells run: nobody tells how they ended."""

from __future__ import annotations

import pytest

from ftkit.runfolder import RunFolder
from ftkit.wizards.awaited import UNTOLD
from ftkit.wizards.panel import Panel
from ftkit.wizards.session import STEPS
from tests.wizards.looking import finished, notices, press, text_of
from tests.wizards.open_notebook import OpenNotebook


def training(panel: Panel, book: OpenNotebook) -> str:
    """Run all cells from the first page on, and let the page go while the model trains; the training cell's id."""
    book.unheard = ("train",)
    press(panel, "Run all")
    assert book.ran == ["model", "data", "method", "train"]
    assert panel.page == "train"
    return book.id_of("train")


def ended(state: str, why: str = "") -> None:
    folder = RunFolder("parrot-1")
    folder.begin()
    folder.write_json("verdict.json", {"verdict": "healthy"})
    folder.set_state(state, why)


def titles(panel: Panel) -> str:
    return " ".join(panel.tabs.titles)


@pytest.mark.parametrize("state", ["finished", "stopped"])
def test_a_training_that_ended_well_shows_its_review(panel: Panel, book: OpenNotebook, state: str) -> None:
    cell = training(panel, book)
    ended(state)
    book.tell("lost", (cell, "compare-cell"))
    assert panel.page == "compare"
    assert "4 Hyperparameters ✓" in titles(panel)
    assert "what to change next" in text_of(panel)
    assert "Running the" not in text_of(panel)
    # The other page was there all the time: what it tells late is no news.
    panel.go("train")
    book.tell("ran", cell, True, "")
    assert panel.page == "train"
    assert book.ran == ["model", "data", "method", "train"]


def test_only_what_was_asked_for_is_answered(panel: Panel, book: OpenNotebook) -> None:
    """An earlier attempt's end says nothing about the cell that was to begin another one."""
    finished("parrot-1")
    panel.go("train")
    book.unheard = ("model",)
    press(panel, "Run all")
    press(panel, "Overwrite parrot-1")
    assert "Running the" in text_of(panel)
    book.tell("lost", tuple(book.id_of(step) for step in STEPS))
    assert panel.page == "train"
    assert "✓" not in titles(panel)
    assert "Running the" not in text_of(panel)


def test_a_training_whose_cell_was_deleted_or_pressed_again_meanwhile_ends_as_it_says_itself(
    panel: Panel, book: OpenNotebook
) -> None:
    """JupyterLab gives up such a cell at once; the training goes on, and hears of it when it is done."""
    cell = training(panel, book)
    ended("finished")
    book.tell("ran", cell, False, UNTOLD)
    assert "failed" not in notices(panel)
    assert panel.page == "compare"
    assert "4 Hyperparameters ✓" in titles(panel)


def test_an_error_that_a_cell_shows_is_told_also_where_its_training_ended_well(
    panel: Panel, book: OpenNotebook
) -> None:
    cell = training(panel, book)
    ended("finished")
    book.tell("ran", cell, False, "NameError: name 'parrot' is not defined")
    assert "parrot" in notices(panel)["failed"]


@pytest.mark.parametrize(
    ("state", "why", "said"),
    [
        ("failed", "ValueError at step 3: no parrots", "no parrots"),
        ("interrupted", "You gave up at step 3: the result was not saved.", "stopped by you"),
    ],
)
def test_a_training_that_broke_off_is_told_as_ever(
    panel: Panel, book: OpenNotebook, state: str, why: str, said: str
) -> None:
    cell = training(panel, book)
    ended(state, why)
    book.tell("lost", (cell,))
    assert panel.page == "train"
    assert "4 Hyperparameters ✓" not in titles(panel)
    assert "The training cell failed" in notices(panel)["failed"]
    assert said in notices(panel)["failed"]
    assert "Running the" not in text_of(panel)


def test_of_another_cell_nothing_is_known_but_that_it_is_not_waited_for(
    panel: Panel, book: OpenNotebook
) -> None:
    book.unheard = ("model",)
    press(panel, "Insert and run this step")
    assert "Running the model cell" in text_of(panel)
    book.tell("lost", ("somebody else's",))
    assert "Running the model cell" in text_of(panel)
    book.tell("lost", (book.id_of("model"),))
    assert "Running the" not in text_of(panel)
    assert panel.page == "model"
    assert "✓" not in titles(panel)
    # What comes after all is news: the page that ran it was another window.
    book.tell("ran", book.id_of("model"), True, "")
    assert panel.page == "data"
