"""The task's metrics in the live chart and in the picture that stays, in a real browser. Nothing is trained."""

from __future__ import annotations

import pytest

LIVE = """
from ftkit.live import LiveView
from ftkit.runfolder import History
from ftkit.tasks import TASKS

made = History()
for step in range(1, 41):
    made.add({"step": step, "loss": 0.7 - step / 100, "rewards/accuracies": step / 40, "rewards/margins": step / 10})
    made.add({"step": step, "learning_rate": (41 - step) / 40000, "grad_norm": 1 + step % 3 / 10})
for step in range(0, 41, 4):
    loss = 0.7 - step / 100 + max(0, step - 20) ** 2 / 2000
    made.add({"step": step, "eval_loss": loss})
    made.add({"step": step, "train_slice_loss": 0.7 - step / 90})
    made.add_evaluations(
        {"step": step, "row": f"r{n}", "loss": 9 * (loss + (n - 4) * step / 1000), "tokens": 9} for n in range(9)
    )
view = LiveView("prefer-1", total_steps=40, metrics=TASKS["dpo"].metrics)
view.show()
view.update(made, {"step": 40}, now=True)
"""
BUSY = "import time\n\ntime.sleep(8)"
FROZEN = "view.freeze(made)"


@pytest.fixture
def book(lab, open_book):
    lab.write("metrics.ipynb", [LIVE, BUSY, FROZEN])
    return open_book("metrics.ipynb")


def test_switches_change_the_drawing_while_the_kernel_is_busy(book):
    book.run(0)
    chart = book.page.locator(".ftkit-chart")
    chart.locator(".ftkit-chart-plot .main-svg").first.wait_for()
    book.start(1)
    book.until("window.jupyterapp.shell.currentWidget.sessionContext.session.kernel.status === 'busy'")
    names = chart.locator(".legendtext")
    assert "within chance (95 %)" in names.all_text_contents()
    assert "loss on training examples" not in names.all_text_contents()
    book.picture("live-switches-before")
    for label, appears in (
        ("smooth", "training loss, smoothed"),
        ("training examples", "loss on training examples"),
    ):
        chart.get_by_label(label).check()
        chart.locator(".legendtext", has_text=appears).wait_for()
    chart.get_by_label("learning rate").press(" ")
    chart.locator(".y2title").wait_for(state="detached")
    chart.get_by_label("log scale").check()
    plot = ".ftkit-chart-plot"
    book.until(f"document.querySelector('{plot}')._fullLayout.yaxis.type === 'log'")
    # The line of the base, and the label on it, stay where they belong.
    book.until(f"document.querySelectorAll('{plot} .annotation').length === 1")
    book.picture("live-switches-after")
    book.wait_idle()


def test_a_tab_shows_a_metric_with_its_sentence_and_the_picture_keeps_the_choice(book):
    book.run(0)
    chart = book.page.locator(".ftkit-chart")
    chart.locator(".ftkit-chart-plot .main-svg").first.wait_for()
    tabs = chart.get_by_role("tab")
    assert tabs.all_inner_texts() == ["loss", "better answer preferred", "margin", "gradient norm"]
    assert "surprised" in chart.locator(".ftkit-chart-note").inner_text()
    # While a training runs the kernel is busy: the click has to do without it.
    book.start(1)
    book.until("window.jupyterapp.shell.currentWidget.sessionContext.session.kernel.status === 'busy'")
    tabs.nth(1).click()
    assert "0.5 is chance" in chart.locator(".ftkit-chart-note").inner_text()
    chart.locator(".ytitle", has_text="better answer preferred").wait_for()
    assert "better answer preferred" in (chart.locator("[role=img]").get_attribute("aria-label") or "")
    tabs.nth(1).press("ArrowRight")
    assert tabs.nth(2).get_attribute("aria-selected") == "true"
    chart.locator(".ytitle", has_text="margin").wait_for()
    assert (
        book.page.evaluate("() => window.jupyterapp.shell.currentWidget.sessionContext.session.kernel.status")
        == "busy"
    )
    book.picture("live-metrics")
    # The colours of another theme come after its name.
    words = "getComputedStyle(document.querySelector('.ftkit-chart .xtitle')).fill"
    before = book.page.evaluate(words)
    for theme in ("Dark", "Light"):
        book.page.evaluate(
            "t => window.jupyterapp.commands.execute('apputils:change-theme', {theme: t})",
            f"JupyterLab {theme}",
        )
        book.until(f"({words} !== {before!r}) === {str(theme == 'Dark').lower()}")
    book.wait_idle()
    book.run(2)
    picture = book.page.locator(".js-plotly-plot", has=book.page.locator(".updatemenu-button"))
    picture.locator(".ytitle", has_text="loss").wait_for()
    picture.locator(".updatemenu-button", has_text="margin").click()
    picture.locator(".ytitle", has_text="margin").wait_for()
    picture.locator(".annotation", has_text="How much further").wait_for()
    assert picture.locator(".annotation", has_text="surprised").count() == 0
    book.picture("static-metrics")
    # The same by keyboard.
    first = picture.locator(".updatemenu-button", has_text="loss")
    assert first.get_attribute("role") == "button"
    first.focus()
    book.page.keyboard.press("Enter")
    picture.locator(".ytitle", has_text="loss").wait_for()
    book.until(
        "document.activeElement.matches('.updatemenu-button') && document.activeElement.textContent === 'loss'"
    )


# How light a colour is, from 0 to 1.
LIGHT = """
(() => {
  const light = selector => {
    const [red, green, blue] = getComputedStyle(document.querySelector(selector)).fill.match(/[\\d.]+/g).map(Number);
    return (red + green + blue) / 765;
  };
  return [light('.ftkit-picture .updatemenu-item-rect'), light('.ftkit-picture .updatemenu-item-text')];
})()
"""


def test_the_picture_that_stays_has_the_letters_of_the_theme(book):
    book.run(0)
    book.run(2)
    chosen = book.page.locator(".ftkit-picture .updatemenu-button").first
    chosen.wait_for()
    for theme, dark in (("Dark", True), ("Light", False)):
        book.page.evaluate(
            "t => window.jupyterapp.commands.execute('apputils:change-theme', {theme: t})",
            f"JupyterLab {theme}",
        )
        book.until(f"(([ground, letters]) => letters > 0.7 === {str(dark).lower()})({LIGHT})")
        ground, letters = book.page.evaluate(LIGHT)
        assert (ground < 0.5) == dark
        assert abs(ground - letters) > 0.4


def test_after_a_reload_the_picture_is_drawn_where_it_is_seen_and_can_be_had_by_keyboard(book):
    """Plotly's extension would show a photograph: as wide as the window was, with the letters of the theme that was."""
    book.run(0)
    book.run(2)
    book.page.locator(".ftkit-picture .updatemenu-button").first.wait_for()
    outputs = (
        "window.jupyterapp.shell.currentWidget.model.sharedModel.cells.flatMap(cell => cell.outputs ?? [])"
    )
    book.until(f"{outputs}.some(output => 'image/png' in (output.data ?? {{}}))")
    book.save()
    book.page.set_viewport_size({"width": 900, "height": 800})
    book.reload(save=False)
    book.page.evaluate("() => void window.jupyterapp.shell.currentWidget.content.scrollToItem(2, 'end')")
    button = book.page.locator(".ftkit-picture .updatemenu-button").first
    button.wait_for()
    assert not book.page.locator("img.plot-img").first.is_visible()
    book.until(
        "(picture => picture.querySelector('.main-svg').clientWidth <= picture.clientWidth)"
        "(document.querySelector('.ftkit-picture'))"
    )
    button.focus()
    book.page.keyboard.press("Tab")
    book.page.keyboard.press("Enter")
    book.page.locator(".ftkit-picture .ytitle", has_text="better answer preferred").wait_for()
