"""The whole loop in a real browser with the tiny model: train, stop, remedy, reload, look back without a kernel."""

from __future__ import annotations

import json

import pytest

from tests.tiny import tiny_rows, write_jsonl
from tests.ui.lab import PANEL, Book, Lab
from tests.ui.test_ui_wizard import MAIN, button, field, holds, on_page, ready, source, tab

PATH = "fine-tune.ipynb"
WIDGET = "application/vnd.jupyter.widget-view+json"
PATIENCE = 240_000
"""Milliseconds in which torch is imported and a tiny training begins, also on a busy machine."""


@pytest.fixture(scope="module")
def lab(tmp_path_factory, tiny_model_folder):
    server = Lab(tmp_path_factory.mktemp("lab"), env={"FTKIT_STARTER": str(tiny_model_folder)})
    write_jsonl(server.root / "pairs.jsonl", tiny_rows(300))
    yield server
    server.stop()


def from_the_launcher(page, lab):
    """A new notebook by the launcher's card, as a newcomer makes it."""
    page.goto(f"{lab.url}/lab?reset")
    card = page.locator(".jp-LauncherCard", has_text="Fine-tune a model")
    card.wait_for(timeout=60_000)
    card.focus()
    page.keyboard.press("Enter")
    book = Book.__new__(Book)
    book.page, book.lab, book.path = page, lab, PATH
    book.await_kernel()
    ready(book)
    return book


def in_view(selector):
    """JavaScript for whether the upper end of an element can be seen, with something of what is below it."""
    outer = f"{PANEL}.content.outerNode.getBoundingClientRect()"
    top = f"document.querySelector({selector!r})?.getBoundingClientRect().top"
    return f"{top} >= {outer}.top && {top} < {outer}.bottom - 100"


def press_main(book):
    """Press the main button by keyboard as soon as the panel is open again."""
    book.wait_idle()
    book.until("!document.querySelector('.ftkit-wizard').inert")
    button(book, MAIN).focus()
    book.page.keyboard.press("Enter")


def test_the_loop_from_the_launcher_to_a_notebook_without_kernel(page, lab):
    book = from_the_launcher(page, lab)
    keys = page.keyboard

    # Model, data and method: by keyboard, each page runs its cell and turns to the next.
    press_main(book)
    on_page(book, "Your examples")
    book.wait_idle()
    book.until("!document.querySelector('.ftkit-wizard').inert")
    field(book, "Your examples").focus()
    keys.type("pairs.jsonl")
    keys.press("Enter")
    page.locator(".ftkit-note", has_text="300 of 300 rows").wait_for()
    book.wait_idle(PATIENCE / 1000)
    press_main(book)
    page.locator(".ftkit-wizard h2:visible", has_text="How it is trained").wait_for(timeout=PATIENCE)
    book.wait_idle()
    press_main(book)
    page.locator(".ftkit-wizard h2:visible", has_text="The settings of the training").wait_for(
        timeout=PATIENCE
    )
    book.wait_idle()
    book.until("!document.querySelector('.ftkit-wizard').inert")

    # Long enough that it has to be stopped.
    field(book, "Epochs").focus()
    keys.press("Control+A")
    keys.type("100")
    keys.press("Enter")
    page.locator(".ftkit-code:visible", has_text="num_train_epochs=100").wait_for()
    press_main(book)

    # The chart moves while the wizard is shut; Stop is heard while the cell runs.
    chart = page.locator(".ftkit-chart")
    chart.wait_for(timeout=PATIENCE)
    book.until("document.querySelector('.ftkit-wizard').inert", 30)
    # It is in view without any scrolling of the person's.
    book.until(in_view(".ftkit-chart"))
    book.picture("loop-chart-in-view")
    step = (
        "Number(([...document.querySelectorAll('.ftkit-chart-number')]"
        ".find(pair => pair.querySelector('dt').textContent === 'step')"
        "?.querySelector('dd').textContent.match(/\\d+/) || [0])[0])"
    )
    book.until(f"{step} >= 60", PATIENCE / 1000)
    book.picture("loop-training")
    chart.get_by_role("button", name="Stop").first.click()
    book.wait_idle(PATIENCE / 1000)
    state = json.loads((lab.root / "ftkit-runs/my-first-run/state.json").read_text())
    assert state["state"] == "stopped"
    assert 0 < state["step"] < 3_000
    # What came of it stands where the person was looking.
    page.locator(".ftkit-wizard h2", has_text="Review").wait_for(state="attached", timeout=30_000)
    book.until("!document.querySelector('.ftkit-wizard').inert")
    book.until(in_view(".jp-Cell:not(:has(.ftkit-wizard)) .ftkit-verdict"))
    book.picture("loop-trained")

    # A lower window does not take the picture away.
    size = page.viewport_size
    page.set_viewport_size({"width": size["width"], "height": size["height"] - 300})
    page.wait_for_timeout(1000)
    heights = page.evaluate(
        "() => [...document.querySelectorAll('.jp-RenderedPlotly')]"
        ".filter(e => !e.closest('.ftkit-wizard')).map(e => e.offsetHeight)"
    )
    assert heights
    assert min(heights) > 300
    page.set_viewport_size(size)

    # In a narrow window the names of the curves take several lines: nothing lies on them, and the sentence is not cut.
    page.set_viewport_size({"width": 800, "height": size["height"]})
    page.wait_for_timeout(1000)
    found = page.evaluate(
        """() => {
            const picture = [...document.querySelectorAll('.jp-RenderedPlotly')].find(e => !e.closest('.ftkit-wizard'));
            const box = name => picture.querySelector(name).getBoundingClientRect();
            const words = [...picture.querySelectorAll('.annotation')].find(e => e.textContent.includes('surprised'));
            const [buttons, sentence] = [box('.updatemenu-container'), words.getBoundingClientRect()];
            return {
                legend: box('.gridlayer').top - box('.legend').bottom,
                axis: buttons.top - box('.xtitle').bottom,
                sentence: sentence.top - buttons.bottom,
                right: box('.main-svg').right - Math.max(sentence.right, buttons.right),
                below: box('.main-svg').bottom - sentence.bottom,
                lines: box('.legend').height,
            };
        }"""
    )
    assert found.pop("lines") > 40, "the names stood in a line: nothing was seen"
    assert min(found.values()) >= 0, found
    page.set_viewport_size(size)

    # The verdict, and a remedy that reaches a cell which the person has edited meanwhile.
    page.locator(".ftkit-wizard h2:visible", has_text="Review").wait_for(timeout=30_000)
    verdict = page.locator(".ftkit-wizard .ftkit-verdict")
    verdict.wait_for()
    book.until("!document.querySelector('.ftkit-wizard').inert")
    verdict.scroll_into_view_if_needed()
    book.picture("loop-review")
    number = next(
        n for n, cell in enumerate(book.cells()) if cell["metadata"].get("ftkit", {}).get("step") == "train"
    )
    book.type_into(number, "\nprint('my own line')")
    book.until("!document.querySelector('.ftkit-wizard').inert")
    page.locator(".ftkit-wizard .ftkit-verdict-view button").first.click()
    holds(book, "train", "my-first-run-2")
    assert "my own line" in source(book, "train")
    assert 'run="my-first-run-2"' in source(book, "train")
    assert (lab.root / "ftkit-runs/my-first-run/verdict.json").exists()
    book.picture("loop-remedy")

    # A reload loses nothing: the panel's cell brings the choices back, the picture is still there.
    book.reload()
    book.run(0)
    ready(book)
    on_page(book, "Review")
    assert field(book, "Name of the run").input_value() == "my-first-run-2"

    # The saved notebook, without a kernel.
    book.save()
    page.evaluate(f"async () => {{ await {PANEL}.sessionContext.shutdown(); }}")
    page.goto(f"{lab.url}/lab/tree/{PATH}?reset")
    page.locator(".jp-Notebook .jp-Cell").first.wait_for(timeout=60_000)
    page.get_by_text("If you only see this line: run this cell again").wait_for()
    assert not [
        bar for cell in book.cells()[1:] for bar in cell.get("outputs", []) if WIDGET in bar.get("data", {})
    ]
    picture = page.locator(".jp-OutputArea .js-plotly-plot, .jp-OutputArea .jp-RenderedPlotly").first
    picture.wait_for(timeout=60_000)
    picture.scroll_into_view_if_needed()
    page.wait_for_timeout(1500)
    book.picture("loop-reopened")


def test_a_run_name_that_is_taken_asks_before_anything_is_trained(lab, open_book):
    lab.write("taken.ipynb", [("wizard", 'import ftkit\n\nftkit.wizard(data="pairs.jsonl", run="taken")')])
    folder = lab.root / "ftkit-runs/taken"
    folder.mkdir(parents=True)
    (folder / "state.json").write_text(json.dumps({"state": "finished", "why": "", "attempt": 1}))
    book = open_book("taken.ipynb")
    book.run(0)
    ready(book)
    tab(book, "Hyperparameters").click()
    # While the page is filled the button moves away from under the click.
    book.page.locator(".ftkit-wizard h2:visible", has_text="The settings of the training").wait_for()
    book.wait_idle()
    button(book, MAIN).click()
    question = book.page.locator(".ftkit-note", has_text="Nothing was trained yet")
    question.wait_for()
    question.scroll_into_view_if_needed()
    assert button(book, "Overwrite taken").is_visible()
    assert len(book.cells()) == 1
    book.picture("wizard-run-exists")
