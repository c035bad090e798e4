"""A page that is loaded while a run trains: it says so, shows a picture, can stop it, and the end is kept."""

from __future__ import annotations

import json

import pytest

from tests.tiny import tiny_rows, write_jsonl
from tests.ui.lab import PANEL, ROOT, Lab

WIDGET = "application/vnd.jupyter.widget-view+json"
PLOTLY = "application/vnd.plotly.v1+json"
PATIENCE = 240_000
"""Milliseconds in which torch is imported and a tiny training begins, also on a busy machine."""

TRAIN = f"""
import os, sys, time
from pathlib import Path
sys.path.insert(0, {str(ROOT)!r})
import ftkit
from transformers import TrainerCallback
from tests.training.made_trainer import make_trainer

class Slow(TrainerCallback):
    def on_step_end(self, *args, **kwargs):
        time.sleep(0.3)

print("printed before")
trainer = make_trainer(
    Path(os.environ["FTKIT_STARTER"]), "slow", max_steps=10_000, eval_steps=4, save_steps=8, logging_steps=2, callbacks=[Slow()]
)
ftkit.follow(trainer, run="slow")
trainer.train()
print("printed after")
"""
DRAWN = (
    "Math.max(0, ...[...document.querySelectorAll('.js-plotly-plot')].flatMap("
    "picture => picture.data.map(curve => curve.x.length)))"
)


@pytest.fixture(scope="module")
def lab(tmp_path_factory, tiny_model_folder):
    server = Lab(tmp_path_factory.mktemp("lab"), env={"FTKIT_STARTER": str(tiny_model_folder)})
    yield server
    server.stop()


def panel_is_back(book):
    """Wait for the panel. JupyterLab does not always bring it back by itself: then its cell says to run it again, and that does."""
    there, says = "document.querySelector('.ftkit-wizard h2')", "run this cell again"
    book.until(f"{there} || document.body.textContent.includes({says!r})", 60)
    book.page.wait_for_timeout(5000)  # the sentence may stand there for a moment while the panel is drawn
    came_by_itself = bool(book.page.evaluate(f"() => Boolean({there})"))
    if not came_by_itself:
        book.run(0)
    book.page.locator(".ftkit-wizard h2:visible").first.wait_for(timeout=60_000)
    return came_by_itself


def test_a_page_loaded_in_the_middle_has_the_run_and_keeps_its_end(lab, open_book):
    lab.write(
        "middle.ipynb",
        [("wizard", 'import ftkit\n\nftkit.wizard(run="slow")'), ("train", TRAIN), "later = 1"],
    )
    book = open_book("middle.ipynb")
    page = book.page
    book.run(0)
    book.start(1)
    page.locator(".ftkit-chart").wait_for(timeout=PATIENCE)
    page.evaluate(f"() => {PANEL}.context.save()")

    page.goto(f"{lab.url}/lab/tree/middle.ipynb?reset")
    bar = page.locator(".ftkit-midway")
    bar.wait_for(timeout=60_000)
    book.until(f"[...{PANEL}.content.model.cells][1].executionState === 'running'")
    # Panel and chart cannot come back yet: neither says that it is loading, or to run its cell again.
    page.get_by_text("The ftkit panel comes back when the run slow has ended.").wait_for()
    page.set_viewport_size({"width": 1280, "height": 500})
    page.get_by_role("button", name="Show how it goes").click()
    book.until("document.querySelector('.ftkit-midway').getBoundingClientRect().bottom < window.innerHeight")
    page.set_viewport_size({"width": 1280, "height": 1000})
    assert not page.get_by_text("Loading widget").count()
    # What the cell had printed is still there, the picture is one that goes on, and it is really drawn anew.
    book.until(f"{DRAWN} > 0", PATIENCE / 1000)
    before = page.evaluate(f"() => {DRAWN}")
    book.until(f"{DRAWN} > {before}")
    assert book.output(1).startswith("printed before")
    assert "Run slow: training" in bar.text_content()
    assert "I cannot tell yet" in bar.text_content()
    book.picture("loaded-in-the-middle")

    # Loaded once more: the picture of the page before does not stay beside the next one.
    page.evaluate(f"() => {PANEL}.context.save()")
    page.goto(f"{lab.url}/lab/tree/middle.ipynb?reset")
    bar.wait_for(timeout=60_000)
    book.until(f"{DRAWN} > 0", PATIENCE / 1000)

    bar.get_by_role("button", name="Stop after this step").click()
    bar.wait_for(state="detached", timeout=PATIENCE)
    book.wait_idle(PATIENCE / 1000)
    assert json.loads((lab.root / "ftkit-runs/slow/state.json").read_text())["state"] == "stopped"
    # The panel is there again, and the cell has what it would have had: once.
    panel_is_back(book)
    kept = [list(output.get("data", {})) for output in book.cells()[1]["outputs"]]
    assert sum(PLOTLY in data for data in kept) == 1
    assert not [data for data in kept if WIDGET in data]
    assert "printed after" in book.output(1)
    assert "You stopped the training" in book.output(1)
    book.picture("loaded-in-the-middle-after")
    # Saved without anybody's doing.
    book.until(f"!{PANEL}.context.model.dirty")
    assert "You stopped the training" in json.dumps(lab.read("middle.ipynb").cells[1].outputs)
    # The notebook goes on as ever.
    book.run(2)
    assert book.kernel("print(later)") == "1\n"


@pytest.mark.slow
def test_a_page_that_was_there_before_keeps_the_live_chart(lab, open_book):
    """It saw the cell begin: JupyterLab gives it the outputs, once."""
    lab.write("both.ipynb", [("train", TRAIN.replace('"slow"', '"both"').replace("10_000", "30"))])
    book = open_book("both.ipynb")
    book.start(0)
    book.page.locator(".ftkit-chart").wait_for(timeout=PATIENCE)
    assert not book.page.locator(".ftkit-midway").count()
    book.wait_idle(PATIENCE / 1000)
    kept = [list(output.get("data", {})) for output in book.cells()[0]["outputs"]]
    assert sum(PLOTLY in data for data in kept) == 1
    assert book.output(0).count("printed after") == 1


COMPARE = """
import time
from ftkit.notebook.progress import ProgressLine

print("begun")
line = ProgressLine()
for done in range({seconds} * 4):
    line.say(f"The base model answers: {{done}}")
    time.sleep(0.25)
line.end()
print("the answers")
"""


@pytest.mark.slow
def test_what_a_comparison_shows_at_last_is_there_after_a_reload_in_the_middle(lab, open_book):
    lab.write("compared.ipynb", [("compare", COMPARE.format(seconds=45))])
    book = open_book("compared.ipynb")
    book.start(0)
    book.page.locator(".jp-OutputArea-output", has_text="The base model answers").wait_for()
    book.save()
    book.page.goto(f"{lab.url}/lab/tree/compared.ipynb?reset")
    book.page.locator(".jp-Notebook .jp-Cell").first.wait_for(timeout=60_000)
    book.until(f"[...{PANEL}.content.model.cells][0].executionState === 'running'", 30)
    book.page.locator(".jp-OutputArea-output", has_text="The base model answers").wait_for()
    assert book.output(0).count("The base model answers") == 1
    assert not book.page.locator(".ftkit-midway").count()
    book.until(f"[...{PANEL}.content.model.cells][0].executionState === 'idle'", 120)
    assert book.output(0).startswith("begun\n")
    assert "The base model" not in book.output(0)
    assert book.output(0).endswith("the answers\n")
    book.until(f"!{PANEL}.context.model.dirty")
    assert "the answers" in json.dumps(lab.read("compared.ipynb").cells[0].outputs)


def test_a_cell_that_took_long_is_saved_when_it_ends(lab, open_book):
    lab.write("long.ipynb", [("compare", COMPARE.format(seconds=12))])
    book = open_book("long.ipynb")
    book.run(0)
    book.until(f"!{PANEL}.context.model.dirty")
    assert "the answers" in json.dumps(lab.read("long.ipynb").cells[0].outputs)


def test_a_training_that_the_panel_started_shows_its_review_after_a_reload(lab, open_book):
    """The page that ran its cell is gone, so nobody tells the panel that it has ended."""
    write_jsonl(lab.root / "pairs.jsonl", tiny_rows(60))
    call = 'import ftkit\n\nftkit.wizard(data="pairs.jsonl", run="parrot-1", num_train_epochs=4000)'
    lab.write("panel.ipynb", [("wizard", call)])
    book = open_book("panel.ipynb")
    page = book.page
    book.run(0)
    page.get_by_role("button", name="Run all", exact=True).click()
    page.locator(".ftkit-chart").wait_for(timeout=PATIENCE)
    page.evaluate(f"() => {PANEL}.context.save()")

    page.goto(f"{lab.url}/lab/tree/panel.ipynb?reset")
    bar = page.locator(".ftkit-midway")
    bar.wait_for(timeout=60_000)
    bar.get_by_role("button", name="Stop after this step").click()
    bar.wait_for(state="detached", timeout=PATIENCE)
    # JupyterLab draws the panel's cell when it comes into view.
    page.evaluate(f"() => void {PANEL}.content.scrollToItem(0)")
    came_by_itself = panel_is_back(book)
    page.locator(".ftkit-wizard h2:visible", has_text="Review").wait_for(timeout=60_000)
    if came_by_itself:
        # A page that is being loaded can miss what is told meanwhile; looking at another page of the panel brings it.
        tabs = page.locator(".ftkit-tabs .lm-TabBar-tab")
        tabs.filter(has_text="Hyperparameters").click()
        tabs.filter(has_text="Hyperparameters ✓").wait_for()
        tabs.filter(has_text="Review").click()
    page.get_by_text("The run parrot-1 was stopped, and what it learned is kept").wait_for()
    assert not page.get_by_text("Running the").count()
    book.wait_idle()
    book.until(
        "!document.querySelector('.ftkit-wizard').inert && !document.querySelector('.ftkit-banner')", 10
    )
    book.picture("reloaded-review")
    attempts = json.loads((lab.root / "ftkit-runs/parrot-1/state.json").read_text())["attempts"]
    assert len(attempts) == 1
