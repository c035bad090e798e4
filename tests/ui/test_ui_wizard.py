"""The wizard in real JupyterLab: by keyboard, with edits, undo, reload and restart. Nothing is trained."""

from __future__ import annotations

import contextlib
from pathlib import Path

import pytest
from playwright.sync_api import TimeoutError as PlaywrightTimeoutError

from tests.tiny import tiny_rows, write_jsonl
from tests.ui.lab import Lab

CALL = 'import ftkit\n\nftkit.wizard(data="pairs.jsonl", run="parrot-1")'
MAIN = "Insert and run this step"


@pytest.fixture(scope="module")
def lab(tmp_path_factory, tiny_model_folder):
    server = Lab(tmp_path_factory.mktemp("lab"), env={"FTKIT_STARTER": str(tiny_model_folder)})
    write_jsonl(server.root / "pairs.jsonl", tiny_rows(60))
    yield server
    server.stop()


@pytest.fixture
def book(lab, open_book, request):
    path = f"{request.node.name}.ipynb"
    lab.write(path, [("wizard", CALL)])
    book = open_book(path)
    book.run(0)
    ready(book)
    return book


def ready(book):
    """The panel is there, and what it stored has been taken up."""
    book.page.locator(".ftkit-wizard .ftkit-foot button").first.wait_for()
    book.until("document.querySelector('.ftkit-wizard .ftkit-code')")
    book.wait_idle()


def button(book, label):
    return book.page.locator(".ftkit-wizard").get_by_role("button", name=label, exact=True)


def field(book, label):
    return book.page.locator(".ftkit-wizard").get_by_label(label, exact=True)


def tab(book, title):
    return book.page.locator(".ftkit-tabs .lm-TabBar-tab", has_text=title)


def on_page(book, heading):
    book.page.locator(".ftkit-wizard h2:visible", has_text=heading).wait_for()


def steps(book):
    return [cell["metadata"]["ftkit"]["step"] for cell in book.cells() if "ftkit" in cell["metadata"]]


def source(book, step):
    return next(c["source"] for c in book.cells() if c["metadata"].get("ftkit", {}).get("step") == step)


def holds(book, step, text):
    """Wait until the step's cell holds a text."""
    book.until(
        "[...window.jupyterapp.shell.currentWidget.content.model.cells].some(c =>"
        f" c.getMetadata('ftkit')?.step === {step!r} && c.sharedModel.getSource().includes({text!r}))"
    )


def test_the_panel_can_be_filled_by_keyboard_alone(book):
    keys = book.page.keyboard
    heading = book.page.locator(".ftkit-wizard h2:visible", has_text="The settings of the training")
    # On a busy machine JupyterLab may still be taking the focus itself: a person would press again.
    for _ in range(6):
        tab(book, "Model").focus()
        for _ in range(3):
            keys.press("ArrowRight")
        keys.press("Enter")
        with contextlib.suppress(PlaywrightTimeoutError):
            heading.wait_for(timeout=10_000)
            break
    on_page(book, "The settings of the training")
    field(book, "Epochs").focus()
    keys.press("Control+A")
    keys.type("5")
    keys.press("Tab")
    book.page.locator(".ftkit-code:visible", has_text="num_train_epochs=5").wait_for()
    # From the last field on, Tab leads to the buttons.
    for _ in range(20):
        keys.press("Tab")
        if book.page.evaluate("() => document.activeElement.textContent.trim()") == "Insert all":
            break
    keys.press("Enter")
    book.until("[...document.querySelectorAll('.jp-CodeCell')].length >= 6")
    assert steps(book) == ["model", "data", "method", "train", "compare"]
    assert "num_train_epochs=5" in source(book, "train")
    book.picture("wizard-hyperparameters")


HEAD = "document.querySelector('.ftkit-wizard .ftkit-head').getBoundingClientRect().top"
SEEN = "window.jupyterapp.shell.currentWidget.content.outerNode.getBoundingClientRect()"


@pytest.fixture
def called(lab, open_book, request):
    """A call of the panel that was run with Shift+Enter, amid text that is longer than the page."""
    path = f"{request.node.name}.ipynb"
    tall = "from IPython.display import HTML\n\nHTML('<div style=\"height: 2000px\">tall</div>')"
    lab.write(path, [tall, ("wizard", CALL), tall])
    book = open_book(path)
    book.run(0)
    book.run(2)
    book.type_into(1, "")
    book.page.keyboard.press("Shift+Enter")
    return book


def test_the_head_of_a_panel_is_in_view_after_shift_enter_and_is_left_alone_then(called):
    ready(called)
    called.until(f"{HEAD} >= {SEEN}.top && {HEAD} < {SEEN}.top + {SEEN}.height / 2")
    called.page.wait_for_timeout(2000)  # it has settled
    assert called.page.evaluate(f"() => {HEAD} >= {SEEN}.top")
    called.picture("wizard-arrived")
    called.page.mouse.move(700, 500)
    called.page.mouse.wheel(0, 900)
    called.until(f"{HEAD} < {SEEN}.top")
    away = called.page.evaluate(f"() => {HEAD}")
    called.page.wait_for_timeout(500)
    assert abs(called.page.evaluate(f"() => {HEAD}") - away) < 10


def test_a_person_who_goes_on_typing_is_not_taken_to_the_panel(called):
    called.page.keyboard.press("Enter")
    called.page.keyboard.type("# mine")
    ready(called)
    called.page.wait_for_timeout(2000)
    assert "# mine" in called.cells()[2]["source"]
    assert called.page.evaluate("() => document.activeElement.closest('.jp-Cell:nth-child(3)') !== null")
    assert called.page.evaluate(f"() => document.activeElement.getBoundingClientRect().top < {SEEN}.bottom")


def test_insert_and_run_turns_the_page_and_one_click_is_one_undo(book):
    button(book, MAIN).click()
    on_page(book, "Your examples")
    assert steps(book) == ["model"]
    book.picture("wizard-data")
    button(book, "Insert all").click()
    holds(book, "compare", "parrot-1")
    book.command_mode()
    book.command("notebook:undo-cell-action")
    book.until("window.jupyterapp.shell.currentWidget.content.model.cells.length === 2")
    assert steps(book) == ["model"]


def test_a_failing_cell_is_named_and_the_later_ones_do_not_run(book, lab):
    button(book, "Insert all").click()
    holds(book, "compare", "parrot-1")
    book.type_into(2, "\nraise ValueError('no parrots')")
    button(book, "Run all").click()
    told = book.page.locator(".ftkit-note", has_text="The data cell failed")
    told.wait_for(timeout=120_000)
    assert "no parrots" in told.inner_text()
    book.wait_idle()
    book.until("!document.querySelector('.ftkit-wizard').inert")
    counts = [cell.get("execution_count") for cell in book.cells()]
    assert counts[2] is not None
    assert counts[3] is None
    told.scroll_into_view_if_needed()
    book.picture("wizard-failed-cell")


def test_an_edited_cell_shows_as_a_difference_and_is_never_overwritten(book):
    button(book, "Insert all").click()
    holds(book, "compare", "parrot-1")
    tab(book, "Hyperparameters").click()
    book.type_into(3, "\npeft_config.r = 5  # mine")
    button(book, "Insert all").click()
    book.page.locator(".ftkit-note", has_text="It stays as it is").wait_for()
    assert "# mine" in source(book, "method")
    book.page.evaluate(
        "() => { const m = window.jupyterapp.shell.currentWidget.content.model.cells.get(4).sharedModel;"
        " m.setSource(m.getSource().replace('num_train_epochs=2', 'num_train_epochs=4')); }"
    )
    notice = book.page.locator(".ftkit-notice", has_text="Epochs")
    notice.wait_for()
    book.picture("wizard-drift")
    notice.get_by_role("button", name="Take the cell's").click()
    book.page.locator(".ftkit-code:visible", has_text="num_train_epochs=4").wait_for()
    assert field(book, "Epochs").input_value() == "4"


@pytest.mark.parametrize("how", ["reload", "restart"])
def test_choices_come_back(book, how):
    tab(book, "Hyperparameters").click()
    field(book, "Epochs").fill("1")
    field(book, "Epochs").press("Enter")
    book.page.locator(".ftkit-code:visible", has_text="num_train_epochs=1").wait_for()
    book.until(
        "window.jupyterapp.shell.currentWidget.content.model.getMetadata('ftkit')?.recipe.training.num_train_epochs === 1"
    )
    book.reload() if how == "reload" else book.restart_kernel()
    book.run(0)
    ready(book)
    on_page(book, "The settings of the training")
    book.until("[...document.querySelectorAll('.ftkit-wizard input')].some(i => i.value === '1')")
    assert field(book, "Epochs").input_value() == "1"


def finished(folder, run):
    """A run of this name, trained before."""
    state = folder / "ftkit-runs" / run / "state.json"
    state.parent.mkdir(parents=True, exist_ok=True)
    state.write_text('{"state": "finished", "why": "", "attempt": 1}')


def test_a_new_notebook_begins_under_a_free_name_and_keeps_it(lab, open_book):
    folder = lab.write("free/a.ipynb", ['import ftkit\n\nftkit.wizard(data="../pairs.jsonl")']).parent
    finished(folder, "my-first-run")
    book = open_book("free/a.ipynb")
    book.run(0)
    ready(book)
    tab(book, "Review").click()
    on_page(book, "Review")
    assert field(book, "Name of the run").input_value() == "my-first-run-2"
    assert not book.page.get_by_text("has finished").is_visible()
    book.picture("wizard-free-name")
    button(book, "Insert all").click()
    holds(book, "train", 'run="my-first-run-2"')
    # Now it has been trained: the cell run again, a reload and a restart leave it its name.
    finished(folder, "my-first-run-2")
    for again in (lambda: None, book.reload, book.restart_kernel):
        again()
        book.run(0)
        ready(book)
        on_page(book, "Review")
        book.page.get_by_text("The run my-first-run-2 has finished").wait_for()
        assert field(book, "Name of the run").input_value() == "my-first-run-2"


def test_all_pages_at_two_widths_in_both_themes(book):
    for theme in ("Light", "Dark"):
        book.page.evaluate(
            "t => window.jupyterapp.commands.execute('apputils:change-theme', {theme: t})",
            f"JupyterLab {theme}",
        )
        for width in (1280, 800):
            book.page.set_viewport_size({"width": width, "height": 1400})
            for title in ("Model", "Data", "Method", "Hyperparameters", "Review"):
                tab(book, title).click()
                book.page.locator(".ftkit-page:visible h2").wait_for()
                wide = book.page.evaluate(
                    "() => { const w = document.querySelector('.ftkit-wizard'); return w.scrollWidth - w.clientWidth; }"
                )
                assert wide <= 0, f"{title} does not fit into {width} pixels"
            book.picture(f"wizard-{theme.lower()}-{width}")


def test_the_steps_stand_by_themselves_and_share_the_choices(lab, open_book):
    path: Path = lab.write(
        "apart.ipynb",
        [('import ftkit\n\nftkit.wizard("method", r=4)'), 'ftkit.wizard("data", data="pairs.jsonl")'],
    )
    book = open_book(path.name)
    book.run(0)
    book.run(1)
    book.page.locator(".ftkit-code", has_text="r=4").wait_for()
    book.page.locator(".ftkit-code", has_text="load_dataset").or_(
        book.page.locator(".ftkit-code", has_text="prepare_data")
    ).wait_for()
    button(book, MAIN).first.click()
    holds(book, "method", "r=4")
    book.wait_idle()
    assert book.cells()[1]["metadata"]["ftkit"]["step"] == "method"
