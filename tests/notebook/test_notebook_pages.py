"""Several pages on one kernel: which one is meant, and what is lost when one is loaded anew."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from ftkit.notebook import Bridge, get_bridge, kernel
from ftkit.notebook.line import TOO_LATE


def test_of_two_notebooks_the_one_with_the_wizard_is_meant(parts):
    bridge, comms, _ = parts
    bridge.anchor = "w"
    heard = []
    bridge.ready(heard.append)
    comms[0].hello(client="wrong", path="wrong.ipynb")
    assert heard == []
    comms[0].hello(client="right", cells=["w"], path="right.ipynb")
    comms[0].hello(client="wrong too", cells=["x"], path="wrong.ipynb")
    assert heard == [True]
    bridge.run([], lambda reply: None)
    assert comms[0].sent[-1]["to"] == "right"
    comms[0].hello(client="reloaded", cells=["w"], path="right.ipynb")
    bridge.run([], lambda reply: None)
    assert comms[0].sent[-1]["to"] == "reloaded"


def test_two_panels_on_one_kernel_each_write_into_their_own_notebook(parts):
    one, comms, _ = parts
    one.anchor, two = "w", Bridge(one._line, "x")
    two.ready(lambda ok: None)
    comms[0].hello(client="b", cells=["x"], state={"page": "data"}, path="b.ipynb")
    one.ready(lambda ok: None)
    assert comms[0].sent == [{"kind": "who"}], "nobody has told of its cell yet"
    comms[0].hello(client="b", cells=["x"], state={"page": "data"}, path="b.ipynb")
    comms[0].hello(client="a", cells=["w"], state=None, path="a.ipynb")
    asked = []
    for bridge in (one, two, one):
        bridge.snapshot(lambda snapshot: None)
        bridge.apply([], [], lambda reply: None)
        asked += [request["to"] for request in comms[0].sent[-2:]]
    assert asked == ["a", "a", "b", "b", "a", "a"]
    assert (one.state, two.state) == (None, {"page": "data"})
    two.set_state({"page": "train"})
    assert comms[0].sent[-1]["to"] == "b"
    assert (one.state, two.state) == (None, {"page": "train"})


def test_a_cell_that_no_page_holds_is_asked_of_the_newest_one(parts):
    """A notebook of an old format names its cells anew when it is loaded; its panel lives on."""
    bridge, comms, clock = parts
    bridge.anchor = "w"
    bridge.ready(lambda ok: None)
    comms[0].hello(client="a", cells=["other"])
    clock.ring(2)
    assert bridge.connected
    bridge.snapshot(lambda snapshot: None)
    assert comms[0].sent[-1]["to"] == "a", "at once: it was looked for already"
    comms[0].hello(client="loaded anew", cells=["another"])
    bridge.snapshot(lambda snapshot: None)
    assert comms[0].sent[-1]["to"] == "loaded anew"


def test_cells_of_another_notebook_on_this_kernel_are_not_taken_for_those_of_this_one(connected):
    bridge, comm, _ = connected
    heard = []
    for name in ("changed", "removed", "ran"):
        bridge.on(name, lambda *a, name=name: heard.append((name, a[0])))
    bridge.anchor = "wizard"
    comm.hello("page", cells=["wizard"])
    comm.hello("another notebook", cells=["foreign"], path="b.ipynb")
    comm.say(client="another notebook", event="changed", id="foreign", source="x", metadata={})
    comm.say(client="another notebook", event="removed", id="foreign")
    assert heard == []
    comm.say(client="page", event="changed", id="mine", source="x", metadata={})
    comm.say(client="page", event="removed", id="mine")
    # How a cell ended that was run there is known only to the page that ran it.
    comm.say(client="another notebook", event="ran", id="run there", ok=True, error="")
    assert heard == [("changed", "mine"), ("removed", "mine"), ("ran", "run there")]


def test_what_a_page_that_was_loaded_anew_ran_is_lost_once(connected):
    """A cell whose end was told, or that does not run as the one before it failed, is not waited for."""
    bridge, comm, _clock = connected
    told = []
    bridge.on("lost", lambda ids: told.append(ids))
    for ids in (["a", "b", "c"], ["d", "e"], ["f"]):
        bridge.run(ids, lambda reply: None)
        comm.reply(comm.sent[-1], ok=ids != ["f"])
    comm.say(event="ran", id="a", ok=True, error="")
    comm.say(event="ran", id="d", ok=False, error="E: no")
    comm.hello(client="page")  # the same page once more: it runs them still
    assert told == []
    comm.hello(client="loaded anew")
    comm.hello(client="and again")
    assert told == [("b", "c")]


def test_what_ran_on_a_page_that_hung_or_was_cut_off_is_lost_when_it_is_loaded_anew(parts):
    bridge, comms, clock = parts
    told = []
    bridge.on("lost", lambda ids: told.append(ids))
    for page, cut_off in (("1", lambda: clock.ring(10)), ("2", lambda: comms[-1].close())):
        bridge.ready(lambda ok: None)
        comms[-1].hello(page)
        bridge.run(["a"], lambda reply: None)
        comms[-1].reply(comms[-1].sent[-1])
        bridge.run(["b"], lambda reply: None)
        cut_off()
        bridge.ready(lambda ok: None)
        comms[-1].hello(page)  # it hung, and runs the cell still
        assert told == []
        comms[-1].hello(f"{page} loaded anew")
        assert told.pop() == ("a",)


def test_pages_that_are_asked_who_they_are_are_not_taken_for_newer_ones(parts):
    bridge, comms, _ = parts
    bridge.anchor = "w"
    told = []
    bridge.on("lost", lambda ids: told.append(ids))
    bridge.ready(lambda ok: None)
    comm = comms[0]
    for tab in ("first tab", "second tab"):
        comm.hello(tab, cells=["w"])
    bridge.run(["a"], lambda reply: None)
    comm.reply(comm.sent[-1])
    Bridge(bridge._line, "new").ready(lambda ok: None)
    assert comm.sent[-1] == {"kind": "who"}
    comm.hello("second tab", cells=["w"])
    comm.hello("first tab", cells=["w"])
    assert told == [], "the second tab runs it still"
    bridge.snapshot(lambda snapshot: None)
    assert comm.sent[-1]["to"] == "second tab"


def test_a_notebook_whose_cells_are_all_new_when_it_is_loaded_is_found_by_its_path(parts):
    """One of an old format; also where another notebook of this kernel was loaded later."""
    bridge, comms, clock = parts
    bridge.anchor = "w"
    bridge.ready(lambda ok: None)
    comm = comms[0]
    comm.hello("a", cells=["w", "t"])
    comm.hello("a loaded anew", cells=["v", "u"])
    comm.hello("b", cells=["x"], path="b.ipynb")
    asked = []
    bridge.snapshot(lambda snapshot: asked.append(snapshot.error))
    asked.append(comm.sent[-1]["to"])
    clock.ring(10)
    comm.hello("a loaded anew", cells=["v", "u"])
    comm.hello("b", cells=["x"], path="b.ipynb")
    bridge.snapshot(lambda snapshot: None)
    asked.append(comm.sent[-1]["to"])
    assert asked == ["a loaded anew", TOO_LATE, "a loaded anew"]


def test_a_notebook_that_was_closed_is_still_another_one(parts):
    bridge, comms, clock = parts
    bridge.anchor = "w"
    bridge.ready(lambda ok: None)
    comms[0].hello("a", cells=["w"])
    comms[0].hello("b", cells=["x"], path="b.ipynb")
    bridge.set_state({})
    clock.ring(10)
    assert bridge.is_elsewhere("b")
    assert not bridge.is_elsewhere("a"), "nobody knows what that is by now"


@pytest.mark.parametrize("other", ["b.ipynb", "a copy.ipynb"])
def test_a_cell_that_runs_is_on_the_page_that_asked_for_it(parts, monkeypatch, other):
    """Also where that is too slow to tell of a new cell, and where a copy of the notebook has one with its id."""
    bridge, comms, clock = parts
    parent = {"metadata": {"cellId": "w"}, "header": {"session": "a"}}
    monkeypatch.setattr(kernel, "_kernel", lambda: SimpleNamespace(get_parent=lambda: parent))
    monkeypatch.setattr(kernel, "_line", bridge._line)
    monkeypatch.setattr(kernel, "_bridge", bridge)
    bridge.ready(lambda ok: None)
    comms[0].hello("a", cells=["old"], state={"page": "data"})
    comms[0].hello("b", cells=["w"] if "copy" in other else ["x"], path=other)
    panel, heard = get_bridge("w"), []
    panel.ready(heard.append)
    clock.ring(2)
    panel.set_state({**panel.state, "run": "a-1"})
    assert comms[0].sent[-1]["to"] == "a"
    assert comms[0].sent[-1]["state"] == {"page": "data", "run": "a-1"}
    parent["header"]["session"] = "nobody knows"
    assert get_bridge("w").state == panel.state
