"""The bridge between a kernel and the notebook that is open in a real JupyterLab."""

from __future__ import annotations

import json
import time

import nbformat
import pytest

from ftkit.notebook import Insert, Replace, file
from tests.ui.lab import PANEL

# A wizard in miniature: a text field that takes code, and a button that runs it in its handler.
WIZARD = """
import ipywidgets as W
from ftkit.notebook import CellView, Insert, Replace, current_cell, get_bridge
log = []
here = current_cell()
bridge = get_bridge()
bridge.anchor = here
for name in ("connected", "changed", "ran", "removed"):
    bridge.on(name, lambda *a, name=name: log.append([name, *a]))
bridge.ready(lambda ok: log.append(["ready", ok]))
field, button = W.Text(), W.Button(description="Do it")
button.on_click(lambda _: exec(field.value, globals()))
box = W.VBox([field, button])
box.add_class("ftkit-wizard")
display(box)
"""


def done(name):
    return f"lambda r: log.append(['{name}', r.ok, r.error])"


def click(book, code):
    """Fill in and press, as a person would."""
    field = book.page.locator(".ftkit-wizard input").last
    field.fill(code)
    field.press("Tab")
    book.page.get_by_role("button", name="Do it").last.click()


def log(book):
    return json.loads(book.kernel("import json; print(json.dumps(log))"))


def await_log(book, name, count=1, seconds=15):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        found = [entry for entry in log(book) if entry[0] == name]
        if len(found) >= count:
            return found
        time.sleep(0.1)
    raise AssertionError(f"no {name} in {log(book)}")


def mark(step, digest="0"):
    return {"ftkit": {"schema": 1, "step": step, "digest": digest, "run": "r"}}


@pytest.fixture
def book(lab, open_book, request):
    name = f"{request.node.name}.ipynb"
    lab.write(name, [("top", "before = 1"), ("wizard", WIZARD), ("end", "after = 2")])
    book = open_book(name)
    book.run(1)
    book.page.locator(".ftkit-wizard").wait_for()
    assert await_log(book, "ready") == [["ready", True]]
    return book


def ids(book):
    return [cell["id"] for cell in book.cells()]


THREE = (
    "bridge.apply([Insert('a', here, 'x = 1', {'ftkit': {'step': 'model'}}), Insert('b', 'a', 'y = x + 1', {}),"
    " Insert('c', 'b', 'print(y)', {})], ['a', 'b', 'c'], " + done("applied") + ")"
)


def test_one_click_inserts_and_runs_and_is_one_undo(book):
    began = time.monotonic()
    click(book, THREE)
    book.until("document.body.innerText.includes('[4]')", 15)
    print(f"click to third cell executed: {time.monotonic() - began:.2f} s")
    book.wait_idle()
    assert ids(book) == ["top", "wizard", "a", "b", "c", "end"]
    assert book.output(4).strip() == "2"
    assert await_log(book, "ran", 3) == [
        ["ran", "a", True, ""],
        ["ran", "b", True, ""],
        ["ran", "c", True, ""],
    ]
    assert await_log(book, "applied") == [["applied", True, ""]]
    book.command_mode()
    book.page.keyboard.press("z")
    assert ids(book) == ["top", "wizard", "end"]
    book.page.keyboard.press("Shift+z")
    assert ids(book) == ["top", "wizard", "a", "b", "c", "end"]


def test_the_focus_comes_back_to_the_button(book):
    book.page.locator(".ftkit-wizard input").fill(
        "bridge.apply([Insert('a', here, 'import time; time.sleep(1.5)', {})], ['a'], "
        + done("applied")
        + ")"
    )
    button = book.page.get_by_role("button", name="Do it")
    button.focus()
    button.press("Enter")
    book.until("document.querySelector('.ftkit-wizard').inert", 5)
    await_log(book, "ran")
    book.until("document.activeElement?.textContent === 'Do it'", 5)


def test_a_keystroke_just_before_the_click_is_another_undo(book):
    book.page.evaluate(
        "() => window.jupyterapp.shell.currentWidget.content.model.sharedModel.insertCell(0, {cell_type: 'code', source: 'mine'})"
    )
    click(book, "bridge.apply([Insert('a', here, 'x = 1', {})], [], " + done("applied") + ")")
    await_log(book, "applied")
    # The panel gives the focus back to its button when it is done: a key pressed before that goes nowhere.
    book.until("!document.querySelector('.ftkit-wizard').inert", 10)
    book.until("document.activeElement?.textContent === 'Do it'", 10)
    book.command_mode()
    book.page.keyboard.press("z")
    book.until("[...window.jupyterapp.shell.currentWidget.content.model.cells].every(c => c.id !== 'a')", 10)
    assert book.cells()[0]["source"] == "mine"


def test_replace_refuses_what_was_changed_meanwhile(book):
    click(book, THREE)
    await_log(book, "ran", 3)
    book.type_into(2, "  # mine")
    click(
        book,
        "bridge.apply([Replace('b', 'y = x + 1', 'y = 7', {}), Replace('a', 'x = 1', 'x = 2', {})], ['b'], "
        + done("replaced")
        + ")",
    )
    assert await_log(book, "replaced") == [["replaced", False, "Cell a was changed meanwhile."]]
    assert [cell["source"] for cell in book.cells()][2:4] == ["x = 1  # mine", "y = x + 1"]
    click(book, "bridge.apply([Replace('b', 'y = x + 1', 'y = 7', {})], ['b', 'c'], " + done("again") + ")")
    await_log(book, "again")
    await_log(book, "ran", 5)
    assert book.output(4).strip() == "7"
    book.command_mode()
    book.page.keyboard.press("z")
    assert book.cells()[3]["source"] == "y = x + 1"
    assert book.cells()[2]["source"] == "x = 1  # mine"


def test_after_a_failing_cell_the_later_ones_do_not_run(book):
    click(
        book,
        "bridge.apply([Insert('a', here, '1 / 0', {}), Insert('b', 'a', 'never = 1', {})], ['a', 'b'], "
        + done("applied")
        + ")",
    )
    assert await_log(book, "ran") == [["ran", "a", False, "ZeroDivisionError: division by zero"]]
    time.sleep(1)
    assert len([entry for entry in log(book) if entry[0] == "ran"]) == 1
    assert book.kernel("print('never' in globals())").strip() == "False"


def test_bridge_and_file_write_equal_bytes(book, lab):
    sources = ["a = 'ü\\u2028 \"\"\" {{x}}'\n\n\nb = r'''\\n'''\n", "", "  \tprint('end')"]
    operations = [
        Insert("m", "wizard", sources[0], mark("model")),
        Insert("d", "m", sources[1], mark("data")),
    ]
    operations += [Insert("t", "d", sources[2], {**mark("train"), "tags": ["x"]})]
    operations += [Replace("d", sources[1], "data = [1,\n 2]", {"ftkit": {"step": "data"}, "jupyter": {}})]
    operations += [Replace("top", "before = 1", "before = 2", {"mine": {"deep": [1, None, True]}})]
    book.kernel(
        "operations = " + repr(operations) + "; bridge.apply(operations, [], " + done("applied") + ")"
    )
    assert await_log(book, "applied") == [["applied", True, ""]]
    book.save()
    by_bridge = lab.read(book.path)
    by_file = file.read(
        lab.write("by_file.ipynb", [("top", "before = 1"), ("wizard", WIZARD), ("end", "after = 2")])
    )
    file.apply(by_file, operations)
    file.write(by_file, lab.root / "by_file.ipynb")

    def essence(notebook):
        cells = [{k: c[k] for k in ("id", "cell_type", "source", "metadata")} for c in notebook.cells]
        for cell in cells:
            cell["metadata"].pop("execution", None)
        return json.dumps(cells, sort_keys=True).encode()

    assert essence(by_bridge) == essence(lab.read("by_file.ipynb"))
    assert essence(by_bridge) == essence(nbformat.from_dict({"cells": by_file.cells}))


def test_edits_copies_moves_and_deletions_are_told(book):
    click(
        book,
        "bridge.apply([Insert('a', here, 'x = 1', {'ftkit': {'step': 'model'}})], [], "
        + done("applied")
        + ")",
    )
    await_log(book, "applied")
    book.type_into(2, "2")
    changed = await_log(book, "changed")
    assert changed == [["changed", "a", "x = 12", {"ftkit": {"step": "model"}}]]
    book.command_mode()
    for key in ("c", "v"):
        book.page.keyboard.press(key)
    copied = await_log(book, "changed", 2)[1]
    assert copied[1] != "a"
    assert copied[2:] == ["x = 12", {"ftkit": {"step": "model"}}]
    book.page.keyboard.press("d")
    book.page.keyboard.press("d")
    assert await_log(book, "removed") == [["removed", copied[1]]]
    book.page.evaluate("() => window.jupyterapp.shell.currentWidget.content.model.sharedModel.moveCell(2, 0)")
    click(
        book,
        "bridge.snapshot(lambda s: log.append(['snapshot', s.anchor_id, [v.id for v in s.views], s.path]))",
    )
    assert await_log(book, "snapshot") == [["snapshot", "wizard", ["a", "top", "wizard", "end"], book.path]]


def test_state_and_bridge_survive_a_reload(book):
    click(book, "bridge.set_state({'schema': 1, 'page': 'data'}, " + done("kept") + ")")
    assert await_log(book, "kept") == [["kept", True, ""]]
    book.page.wait_for_timeout(2500)  # it is saved soon after the click, without the person's doing
    book.reload(save=False)
    await_log(book, "connected", 2)
    book.kernel("bridge.snapshot(lambda s: log.append(['snapshot', s.ok, s.anchor_id]))")
    assert await_log(book, "snapshot") == [["snapshot", True, "wizard"]]
    book.kernel("bridge.apply([Insert('a', here, 'x = 5', {})], ['a'], " + done("applied") + ")")
    assert await_log(book, "ran") == [["ran", "a", True, ""]]
    assert json.loads(book.kernel("print(json.dumps(bridge.state))")) == {"schema": 1, "page": "data"}


def test_state_survives_a_kernel_restart(book):
    click(book, "bridge.set_state({'schema': 1, 'page': 'data'}, " + done("kept") + ")")
    await_log(book, "kept")
    book.restart_kernel()
    book.run(1)
    assert await_log(book, "ready") == [["ready", True]]
    assert json.loads(book.kernel("print(json.dumps(bridge.state))")) == {"schema": 1, "page": "data"}
    click(book, THREE)
    assert len(await_log(book, "ran", 3)) == 3


def test_unknown_cells_and_requests_are_answered(book):
    book.kernel("bridge.run(['nowhere'], " + done("run") + ")")
    assert await_log(book, "run") == [["run", False, "There is no cell nowhere in the notebook."]]
    book.kernel("bridge._request('dance', " + done("danced") + ")")
    assert await_log(book, "danced") == [["danced", False, "unknown request dance"]]


def test_the_bridge_works_in_notebook_7(lab, open_book):
    lab.write("seven.ipynb", [("wizard", WIZARD)])
    book = open_book("seven.ipynb", "notebook")
    book.run(0)
    assert await_log(book, "ready") == [["ready", True]]
    click(book, THREE)
    assert len(await_log(book, "ran", 3)) == 3
    assert ids(book) == ["wizard", "a", "b", "c"]
    book.picture("notebook-7-bridge")


def at(book, selector):
    """JavaScript for where an element is, in pixels below the upper edge of what is seen of the notebook."""
    outer = f"{PANEL}.content.outerNode"
    return f"(document.querySelector({selector!r}).getBoundingClientRect().top - {outer}.getBoundingClientRect().top)"


@pytest.fixture(params=["lab", "notebook"])
def shown(lab, open_book, request):
    """A book in which a cell far below the wizard runs until a file is there, and was to be shown; and that file."""
    app, name = request.param, request.function.__name__
    # Taller than the page, as the wizard is; and code that is longer than the page.
    tall = "box.children = (*box.children, W.HTML('<div style=\"height: 3000px\">tall</div>'))"
    path = lab.write(f"{name}-{app}/a.ipynb", [("wizard", f"{WIZARD}\n{tall}"), ("below", "1 + 1")])
    book = open_book(f"{name}-{app}/a.ipynb", app)
    book.run(0)
    await_log(book, "ready")
    code = "\n".join(["import time, pathlib", *["# a line"] * 80, "print('it begins\\n' * 60)"])
    wait = "\nwhile not pathlib.Path('on').exists(): time.sleep(0.05)\nprint('more\\n' * 200)"
    operations = [Insert("slow", "wizard", code + wait), Insert("next", "slow", "print('next')")]
    click(book, f"bridge.apply({operations!r}, ['slow', 'next'], {done('shown')}, show='slow')")
    book.until(f"document.querySelector({OUTPUT!r})?.textContent.includes('it begins')")
    book.until(f"{BELOW} > 0 && {BELOW} < {OUTER}.clientHeight / 2")
    return book, path.parent / "on"


OUTER = f"{PANEL}.content.outerNode"
OUTPUT = ".jp-Cell:nth-child(2) .jp-OutputArea-output"
BELOW = (
    f"(document.querySelector({OUTPUT!r}).getBoundingClientRect().top - {OUTER}.getBoundingClientRect().top)"
)
"""How far below the upper edge of what is seen of the notebook the output begins, as JavaScript."""


def test_the_cell_to_show_is_in_view_when_it_starts_and_stays_there(shown):
    book, on = shown
    book.picture(f"bridge-shown-{on.parent.name.rpartition('-')[2]}")
    before = book.page.evaluate(f"() => {BELOW}")
    on.touch()
    book.wait_idle()
    await_log(book, "ran", 2)
    # The wizard opens again, and shows a page of another height.
    book.until("!document.querySelector('.ftkit-wizard').inert")
    book.kernel("box.children = (field, button, W.HTML('<div style=\"height: 5000px\">taller</div>'))")
    book.until("document.querySelector('.ftkit-wizard').clientHeight > 5000")
    assert abs(book.page.evaluate(f"() => {BELOW}") - before) < 10


def test_a_person_who_scrolls_away_is_not_taken_back_to_the_cell_that_is_shown(shown):
    book, on = shown
    book.page.mouse.move(640, 500)
    book.page.mouse.wheel(0, -1500)
    book.until(f"{BELOW} > 1000")
    before = book.page.evaluate(f"() => {BELOW}")
    # Neither more output nor the next cell moves what they look at.
    on.touch()
    book.wait_idle()
    await_log(book, "ran", 2)
    assert abs(book.page.evaluate(f"() => {BELOW}") - before) < 10
