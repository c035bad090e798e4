"""While a cell trains: the wizard is shut, no click comes late, and a wish is heard at once."""

from __future__ import annotations

import json
import time

import pytest

WIZARD = """
import time
import ipywidgets as W
from IPython.display import HTML
from ftkit.notebook import control, current_cell, get_bridge
clicks, wishes = [], []
bridge = get_bridge()
bridge.anchor = current_cell()
name = W.Text(description="Run name")
button = W.Button(description="Insert and run this step")
button.on_click(lambda _: clicks.append(time.time()))
box = W.VBox([name, button])
box.add_class("ftkit-wizard")
display(box)
"""

TRAIN = """
end_listening = control.listen(lambda wish: wishes.append([time.time(), dict(wish)]))
began = time.time()
while time.time() - began < {seconds} and not any(w["op"] == "stop" for _, w in wishes):
    bridge.page.training("pirate-1", True, 120)
    time.sleep(0.05)
bridge.page.training("pirate-1", False)
end_listening()
stopped = time.time()
"""

CHART = """
display(HTML('<div class="ftkit-chart"><button id="ftkit-test-ask">Ask</button></div>'))
"""

# The chart's own buttons do this.
SEND = """detail => {
    const event = new CustomEvent('ftkit-control', { bubbles: true, detail });
    document.querySelector('.ftkit-chart').dispatchEvent(event);
}"""


@pytest.fixture
def book(lab, open_book, request):
    path = f"{request.node.name}.ipynb"
    lab.write(path, [WIZARD, CHART, TRAIN.format(seconds=60), TRAIN.format(seconds=4)])
    book = open_book(path)
    book.run(0)
    book.run(1)
    book.page.locator(".ftkit-wizard button").wait_for()
    return book


def shut(book):
    return book.page.evaluate("() => document.querySelector('.ftkit-wizard').inert")


def test_the_wizard_is_shut_and_stop_is_heard_while_the_cell_runs(book):
    button = book.page.get_by_role("button", name="Insert and run this step")
    button.focus()
    book.start(2)
    banner = book.page.locator(".ftkit-banner")
    banner.wait_for()
    book.page.wait_for_function("() => document.querySelector('.ftkit-banner').textContent !== ''")
    book.until("document.querySelector('.ftkit-banner').textContent === 'training, about 2 min left'", 5)
    assert banner.get_attribute("role") == "status"
    assert shut(book)
    book.picture("training-wizard-shut")
    place = book.page.locator(".ftkit-wizard button").bounding_box()
    book.page.mouse.click(place["x"] + 5, place["y"] + 5)
    book.page.evaluate("() => document.querySelector('.ftkit-wizard button').focus()")
    book.page.keyboard.press("Enter")
    book.page.evaluate(SEND, {"op": "sample", "run": "pirate-1", "prompt": "<b>Ahoy?</b>"})
    sent = time.time()
    book.page.evaluate(SEND, {"op": "stop", "run": "pirate-1"})
    book.wait_idle(10)
    found = json.loads(book.kernel("import json; print(json.dumps([clicks, wishes, stopped]))"))
    clicks, wishes, stopped = found
    assert clicks == []
    assert [wish for _, wish in wishes] == [
        {"op": "sample", "run": "pirate-1", "prompt": "<b>Ahoy?</b>"},
        {"op": "stop", "run": "pirate-1"},
    ]
    print(f"stop heard after {wishes[1][0] - sent:.2f} s, cell ended after {stopped - sent:.2f} s")
    assert stopped - sent < 3
    book.until(
        "!document.querySelector('.ftkit-wizard').inert && !document.querySelector('.ftkit-banner')", 5
    )
    button.click()
    book.until("true")
    assert len(json.loads(book.kernel("print(json.dumps(clicks))"))) == 1


def test_the_stop_command_is_there_only_while_a_run_trains(book):
    enabled = "window.jupyterapp.commands.isEnabled('ftkit:stop')"
    assert not book.page.evaluate(f"() => {enabled}")
    book.start(2)
    book.until(enabled, 10)
    sent = time.time()
    book.command("ftkit:stop")
    book.wait_idle(10)
    assert time.time() - sent < 5
    assert not book.page.evaluate(f"() => {enabled}")


def test_any_running_cell_shuts_the_wizard(book):
    book.page.evaluate(
        "() => window.jupyterapp.shell.currentWidget.content.model.sharedModel.insertCell(4, {cell_type: 'code', source: 'time.sleep(3)'})"
    )
    button = book.page.get_by_role("button", name="Insert and run this step")
    button.focus()
    book.start(4)
    book.until("document.querySelector('.ftkit-wizard').inert", 3)
    book.page.locator(".ftkit-banner").wait_for()
    banner = book.page.locator(".ftkit-banner").text_content()
    assert banner == "A cell is running; the panel opens again when it is done"
    book.wait_idle()
    book.until("!document.querySelector('.ftkit-wizard').inert", 3)
    assert not book.page.locator(".ftkit-banner").count()


def test_after_a_reload_in_the_middle_the_run_can_be_stopped(book, lab):
    """The comm cannot be taken up before the cell ends: messages still come by, wishes go by the file."""
    run = lab.root / "ftkit-runs/pirate-1"
    run.mkdir(parents=True, exist_ok=True)
    (run / "control.json").unlink(missing_ok=True)
    book.start(2)
    book.until("document.querySelector('.ftkit-wizard').inert", 10)
    book.page.evaluate("() => window.jupyterapp.shell.currentWidget.context.save()")
    book.page.goto(f"{lab.url}/lab/tree/{book.path}?reset")
    book.until("window.jupyterapp?.commands.isEnabled('ftkit:stop')", 30)
    book.command("ftkit:stop")
    end = time.monotonic() + 10
    written = ""
    while not written.endswith("}") and time.monotonic() < end:
        time.sleep(0.1)
        written = (run / "control.json").read_text() if (run / "control.json").exists() else ""
    assert json.loads(written) == {"op": "stop", "run": "pirate-1"}
    # This cell does not read the file (a real run does): interrupt it.
    book.page.evaluate(
        "() => window.jupyterapp.shell.currentWidget.sessionContext.session.kernel.interrupt()"
    )
    book.until("!window.jupyterapp.commands.isEnabled('ftkit:stop')", 10)


def test_a_dead_kernel_opens_the_wizard(book):
    book.start(2)
    book.until("document.querySelector('.ftkit-wizard').inert", 10)
    book.restart_kernel()
    book.until("!document.querySelector('.ftkit-wizard')?.inert", 10)
    assert not book.page.locator(".ftkit-banner").count()
