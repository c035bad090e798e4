"""The kernel's side of the bridge, with a front end and a clock that the test plays."""

from __future__ import annotations

import threading

import pytest

from ftkit.notebook import Bridge, Insert, Reply
from ftkit.notebook.line import CLOSED, NOBODY, TOO_LATE, Line


def test_ready_says_yes_when_a_page_says_hello(parts):
    bridge, comms, clock = parts
    heard = []
    bridge.on("connected", lambda path: heard.append(path))
    bridge.ready(heard.append)
    assert heard == []
    comms[0].hello()
    assert heard == [True, "a.ipynb"]
    assert bridge.connected
    clock.ring(100)
    bridge.ready(heard.append)
    assert heard == [True, "a.ipynb", True]


def test_ready_says_no_after_two_seconds_and_a_late_page_is_told(parts):
    bridge, comms, clock = parts
    heard = []
    bridge.on("connected", lambda path: heard.append(path))
    bridge.ready(heard.append)
    clock.ring(2)
    assert heard == [False]
    comms[0].hello()
    assert heard == [False, "a.ipynb"]


def test_outside_a_kernel_everything_is_answered_with_no_at_once():
    bridge = Bridge(Line(None, None))
    heard = []
    bridge.ready(heard.append)
    bridge.run(["a"], heard.append)
    bridge.snapshot(heard.append)
    bridge.set_state({"a": 1})
    bridge.page.training("r", True, 10)
    bridge.page.picture("r", "id", {}, "")
    assert heard[:2] == [False, Reply(False, NOBODY)]
    assert not heard[2].ok
    assert heard[2].error == NOBODY


def test_a_request_waits_for_the_page_and_is_answered_once(parts):
    bridge, comms, clock = parts
    heard = []
    bridge.apply([Insert("a", "w", "x", {})], ["a"], heard.append)
    assert comms[0].sent == []
    comms[0].hello()
    request = comms[0].sent[-1]
    assert request == {
        "kind": "request",
        "id": "r1",
        "to": "page",
        "op": "apply",
        "operations": [{"op": "insert", "id": "a", "after": "w", "source": "x", "metadata": {}}],
        "run": ["a"],
        "show": None,
    }
    conflict = {"code": "conflict", "cell": "a"}
    comms[0].reply(request, False, "no", conflict)
    comms[0].reply(request)
    clock.ring(100)
    assert heard == [Reply(False, "no", conflict)]


def test_silence_is_an_answer_too_and_another_page_may_take_over(connected):
    bridge, comm, clock = connected
    heard = []
    bridge.run(["a"], heard.append)
    clock.ring(10)
    assert heard == [Reply(False, TOO_LATE)]
    assert comm.sent[-1] == {"kind": "who"}
    comm.reply({"id": "r1"})
    assert len(heard) == 1
    comm.hello(client="other")
    bridge.run(["a"], heard.append)
    assert comm.sent[-1]["to"] == "other"


def test_a_closed_comm_answers_what_is_open_and_the_next_request_opens_another(connected, parts):
    bridge, comm, _ = connected
    heard = []
    bridge.run(["a"], heard.append)
    comm.close()
    assert heard == [Reply(False, CLOSED)]
    assert not bridge.connected
    bridge.run(["b"], heard.append)
    parts[1][1].hello()
    assert parts[1][1].sent[-1]["ids"] == ["b"]


def test_snapshot_gives_cells_anchor_and_path(connected):
    bridge, comm, _ = connected
    heard = []
    bridge.anchor = "w"
    comm.hello(cells=["w"], state={"page": "data"})
    bridge.snapshot(heard.append)
    assert comm.sent[-1]["anchor"] == "w"
    cell = {"id": "w", "type": "code", "source": "s", "metadata": {"a": 1}}
    comm.reply(comm.sent[-1], data={"views": [cell], "anchor": "w", "path": "p.ipynb"})
    (snapshot,) = heard
    assert (snapshot.ok, snapshot.anchor_id, snapshot.path) == (True, "w", "p.ipynb")
    assert [(v.id, v.type, v.source, v.metadata) for v in snapshot.views] == [("w", "code", "s", {"a": 1})]


def test_state_comes_with_hello_and_is_a_copy(connected):
    bridge, comm, _ = connected
    bridge.state["page"] = "other"
    assert bridge.state == {"page": "data"}
    bridge.set_state({"page": "train"})
    assert bridge.state == {"page": "train"}
    assert comm.sent[-1]["state"] == {"page": "train"}


def test_events_reach_listeners_until_they_leave(connected):
    bridge, comm, _ = connected
    heard = []
    ends = [
        bridge.on(name, lambda *a, name=name: heard.append((name, *a)))
        for name in ("changed", "ran", "removed")
    ]
    comm.say(event="changed", id="a", source="x", metadata={"m": 1})
    comm.say(event="ran", id="a", ok=False, error="E: e")
    comm.say(event="removed", id="a")
    assert heard == [("changed", "a", "x", {"m": 1}), ("ran", "a", False, "E: e"), ("removed", "a")]
    for end in ends:
        end()
        end()
    comm.say(event="removed", id="a")
    assert len(heard) == 3


def test_unknown_events_are_refused_loudly(connected):
    bridge, comm, _ = connected
    with pytest.raises(KeyError):
        bridge.on("moved", print)
    with pytest.raises(ValueError, match="dance"):
        comm.say(event="dance")


def test_a_failing_listener_does_not_silence_the_others(connected):
    bridge, comm, _ = connected
    heard = []

    def fails(cell_id):
        raise ZeroDivisionError(cell_id)

    bridge.on("removed", fails)
    bridge.on("removed", heard.append)
    with pytest.raises(ZeroDivisionError):
        comm.say(event="removed", id="a")
    assert heard == ["a"]
    bridge.on("removed", fails)
    with pytest.raises(ExceptionGroup):
        comm.say(event="removed", id="b")
    assert heard == ["a", "b"]


def test_training_is_told_without_flooding_the_page(connected):
    bridge, comm, _ = connected
    for _ in range(50):
        bridge.page.training("r", True, 120.5, cell="train")
    bridge.page.training("r", False)
    told = [message for message in comm.sent if message.get("event") == "training"]
    assert [(m["run"], m["active"], m["eta"]) for m in told] == [("r", True, 120.5), ("r", False, None)]
    assert told[0]["target"] == "ftkit"
    assert told[0]["cell"] == "train"


def test_many_threads_get_one_answer_each(connected):
    bridge, comm, clock = connected
    answers = []
    lock = threading.Lock()

    def done(reply):
        with lock:
            answers.append(reply)

    def ask():
        for _ in range(50):
            bridge.run(["a"], done)

    def answer():
        seen = 0
        while seen < 200:
            for request in comm.sent[seen : seen + 10]:
                seen += 1
                if "id" in request:
                    comm.reply(request)
                    comm.reply(request)

    threads = [threading.Thread(target=ask) for _ in range(4)] + [threading.Thread(target=answer)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    clock.ring(100)
    assert len(answers) == 200
    assert all(answer.ok for answer in answers)
