"""The launcher card and the palette command open a new notebook with the wizard's cell, and run it."""

from __future__ import annotations

from tests.ui.lab import PICTURES

PANEL = "window.jupyterapp?.shell.currentWidget"
CELL = "import ftkit\n\nftkit.wizard()"


def ran(page):
    """Wait until the first cell of the notebook in front has been run; gives its path and source."""
    page.wait_for_function(
        f"() => {PANEL}?.content?.model?.cells?.get(0)?.executionCount === 1"
        f" && {PANEL}.content.model.cells.get(0).executionState === 'idle'",
        timeout=60_000,
    )
    return page.evaluate(
        f"() => [{PANEL}.context.path, {PANEL}.content.model.cells.get(0).sharedModel.getSource(), {PANEL}.content.widgets.length]"
    )


def test_the_launcher_card_opens_a_notebook_with_the_wizard(page, lab):
    page.goto(f"{lab.url}/lab?reset")
    card = page.locator(".jp-LauncherCard", has_text="Fine-tune a model")
    card.wait_for(timeout=60_000)
    PICTURES.mkdir(exist_ok=True)
    page.screenshot(path=PICTURES / "launcher.png")
    card.click()
    assert ran(page) == ["fine-tune.ipynb", CELL, 1]


def test_the_palette_command_takes_a_free_name(page, lab):
    lab.write("fine-tune.ipynb", ["mine = 1"])
    page.goto(f"{lab.url}/lab?reset")
    page.locator(".jp-LauncherCard").first.wait_for(timeout=60_000)
    page.keyboard.press("Control+Shift+C")
    page.locator(".lm-CommandPalette-input").fill("fine-tune a model")
    page.locator(".lm-CommandPalette-item", has_text="Fine-tune a model").first.wait_for()
    page.keyboard.press("Enter")
    assert ran(page) == ["fine-tune-2.ipynb", CELL, 1]
    assert lab.read("fine-tune.ipynb").cells[0].source == "mine = 1"


def test_a_notebook_from_elsewhere_does_not_run_by_being_opened(open_book, lab):
    lab.write("elsewhere.ipynb", [CELL])
    book = open_book("elsewhere.ipynb")
    book.page.wait_for_timeout(1500)
    assert book.cells()[0]["execution_count"] is None


def test_notebook_7_runs_it_in_the_new_tab(page, lab):
    page.goto(f"{lab.url}/tree")
    page.wait_for_function("() => window.jupyterapp?.commands.hasCommand('ftkit:new')", timeout=60_000)
    with page.context.expect_page() as opened:
        page.evaluate("() => { void window.jupyterapp.commands.execute('ftkit:new'); }")
    path, source, _ = ran(opened.value)
    assert path.startswith("fine-tune")
    assert source == CELL
