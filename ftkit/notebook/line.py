"""The kernel's one line to the pages that have its notebooks open: requests out, answers and events in.

The other side is ``labextension/src/bridge.ts``. Every request has an id, a time limit and exactly one
answer, given to a function; nothing here ever waits, because a cell that waits keeps the kernel from
hearing the answer.
"""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Protocol

from ftkit.notebook.open_pages import OpenPages
from ftkit.notebook.operations import Reply

GREETING = 2.0
"""Seconds within which an extension says hello, if there is one."""
LIMIT = 10.0
"""Seconds within which a request is answered. Only those count in which the kernel can listen."""

NOBODY = "No JupyterLab extension of ftkit answers in this notebook."
TOO_LATE = "JupyterLab did not answer in time. Reload the page if this happens again."
CLOSED = "The connection to JupyterLab was closed. Run the cell of the panel again."

EVENTS = ("connected", "changed", "ran", "lost", "removed")

Anchor = Callable[[], str | None]
"""The cell by which a notebook is known, as it is now; None where that is not known."""


class Clock(Protocol):
    """What the line needs of a clock."""

    def after(self, seconds: float, call: Callable[[], None]) -> Callable[[], None]:
        """Call later; returns what cancels it."""


@dataclass
class _Waiting:
    """For the answer to a request."""

    done: Callable[[Reply], None]
    cancel: Callable[[], None]
    page: str
    runs: tuple[str, ...]


@dataclass
class _Greeting:
    """For a page that holds a cell, or for any."""

    callback: Callable[[bool], None]
    cell: str | None
    cancel: Callable[[], None]


class Line:
    """One for a kernel. To be used from any thread.

    Parameters
    ----------
    open_comm
        Opens a comm to the front end. None outside a kernel: every request is then answered at once,
        with a no.
    clock
        For the time limits.
    """

    def __init__(self, open_comm: Callable[[], Any] | None, clock: Clock | None) -> None:
        self._open_comm = open_comm
        self._clock = clock
        self._lock = threading.RLock()
        self._comm: Any = None
        self._pages = OpenPages()
        self._ids = itertools.count(1)
        self._waiting: dict[str, _Waiting] = {}
        self._greeting: list[_Greeting] = []
        # Cells that no page holds: a notebook of an old format names its cells anew when it is loaded.
        self._nowhere: set[str] = set()
        self._listeners: dict[str, list[tuple[Callable[..., None], Anchor]]] = {name: [] for name in EVENTS}

    def connected(self, cell: str | None) -> bool:
        """Whether the page that is meant has said hello."""
        with self._lock:
            return self._pages.has(cell) or (cell in self._nowhere and bool(self._pages))

    def state(self, cell: str | None) -> dict[str, Any] | None:
        """What the notebook with this cell keeps; not a copy."""
        with self._lock:
            page = self._pages.of(cell)
            return None if page is None else page.state

    def is_elsewhere(self, cell: str | None, client: str | None) -> bool:
        """Whether a cell is surely in another notebook than the one on this page. What is not known is no."""
        with self._lock:
            return self._pages.are_apart(cell, client)

    def asked(self, cell: str, client: str) -> None:
        """A page had a cell run: it holds that, whatever it has told of its cells so far."""
        with self._lock:
            self._pages.asked(cell, client)

    def opened(self) -> bool:
        """Open the comm where none is; False outside a kernel."""
        with self._lock:
            if self._open_comm is None:
                return False
            if self._comm is None:
                self._comm = self._open_comm()
                self._comm.on_msg(self._on_message)
                self._comm.on_close(self._on_close)
            return True

    def send(self, message: dict[str, Any]) -> None:
        """Send to every page; nothing happens outside a kernel."""
        with self._lock:
            if self.opened():
                self._comm.send(message)

    def ready(self, callback: Callable[[bool], None], cell: str | None) -> None:
        """Call `callback` once: with True when the page with this cell says hello, with False after two seconds.

        Where other pages do, and none of them has the cell, it is True then, and the newest one is meant.
        """
        with self._lock:
            nobody = self._clock is None or not self.opened()
            if not nobody and not self.connected(cell):
                assert self._clock is not None
                waiting = _Greeting(callback, cell, lambda: None)
                self._greeting.append(waiting)
                waiting.cancel = self._clock.after(GREETING, lambda: self._give_up_greeting(waiting))
                if self._pages:
                    self._who()  # the cell may be newer than what they told
                return
        callback(not nobody)

    def _give_up_greeting(self, waiting: _Greeting) -> None:
        with self._lock:
            if waiting not in self._greeting:
                return
            self._greeting.remove(waiting)
            if waiting.cell is not None and self._pages:
                self._nowhere.add(waiting.cell)
            found = self.connected(waiting.cell)
        waiting.callback(found)

    def _on_close(self, _message: Mapping[str, Any]) -> None:
        with self._lock:
            self._comm = None
            self._pages.clear()
            self._nowhere.clear()
            lost, self._waiting = list(self._waiting.values()), {}
        for waiting in lost:
            waiting.cancel()
        _call_all([partial(waiting.done, Reply(False, CLOSED)) for waiting in lost])

    # -- requests ---------------------------------------------------------------------------

    def request(
        self, op: str, done: Callable[[Reply], None], cell: str | None, content: dict[str, Any]
    ) -> None:
        """Ask the page that holds this cell; `done` is told once, whatever comes of it."""

        def send(ok: bool) -> None:
            if ok:
                self._send_request(op, done, cell, content)
            else:
                done(Reply(False, NOBODY))

        self.ready(send, cell)

    def _send_request(
        self, op: str, done: Callable[[Reply], None], cell: str | None, content: dict[str, Any]
    ) -> None:
        assert self._clock is not None
        with self._lock:
            page = self._pages.of(cell)
            if self._comm is not None and page is not None:
                name = f"r{next(self._ids)}"
                cancel = self._clock.after(LIMIT, lambda: self._give_up(name))
                runs = content.get("run") or content.get("ids") or ()
                self._waiting[name] = _Waiting(done, cancel, page.client, tuple(runs))
                if op == "set_state":
                    page.state = content["state"]
                self._comm.send({"kind": "request", "id": name, "to": page.client, "op": op, **content})
                return
        done(Reply(False, CLOSED))

    def _give_up(self, name: str) -> None:
        with self._lock:
            waiting = self._waiting.pop(name, None)
            if waiting is None:
                return
            # That page is gone, or hangs: whoever else has the notebook open may say hello.
            self._pages.forget(waiting.page)
            self._who()
        waiting.done(Reply(False, TOO_LATE))

    def _who(self) -> None:
        if self._comm is not None:
            self._comm.send({"kind": "who"})

    # -- what the pages tell ----------------------------------------------------------------

    def on(self, event: str, listener: Callable[..., None], anchor: Anchor) -> Callable[[], None]:
        """Have `listener` called with what the page that holds the anchor tells; returns what ends that.

        Raises
        ------
        KeyError
            Where there is no such event.
        """
        entry = (listener, anchor)
        with self._lock:
            self._listeners[event].append(entry)

        def end() -> None:
            with self._lock:
                if entry in self._listeners[event]:
                    self._listeners[event].remove(entry)

        return end

    def _on_message(self, message: Mapping[str, Any]) -> None:
        data = message["content"]["data"]
        page = data.get("client")
        event = data.get("event")
        if event == "hello":
            self._on_hello(data)
        elif event == "reply":
            with self._lock:
                waiting = self._waiting.pop(data["id"], None)
                if waiting is not None and data["ok"]:
                    self._pages.runs(waiting.page, waiting.runs)
            # None: the time limit came first, and the request has had its one answer.
            if waiting is not None:
                waiting.cancel()
                waiting.done(Reply(bool(data["ok"]), data["error"], data["data"]))
        elif event == "changed":
            self._tell(page, "changed", data["id"], data["source"], data["metadata"])
        elif event == "ran":
            with self._lock:
                self._pages.has_run(data["id"], bool(data["ok"]))
            # Also where another page has the notebook by now: only the one that ran it knows how it ended.
            self._tell(None, "ran", data["id"], bool(data["ok"]), data["error"])
        elif event == "removed":
            self._tell(page, "removed", data["id"])
        else:
            raise ValueError(f"Not a message that the bridge understands: {data!r}")

    def _on_hello(self, data: Mapping[str, Any]) -> None:
        with self._lock:
            page, is_new, lost = self._pages.hello(data)
            self._nowhere = {cell for cell in self._nowhere if not self._pages.has(cell)}
            greeted = [one for one in self._greeting if self._pages.has(one.cell)]
            self._greeting = [one for one in self._greeting if one not in greeted]
        for one in greeted:
            one.cancel()
        calls = [partial(one.callback, True) for one in greeted]
        if is_new:
            calls.append(partial(self._tell, page.client, "connected", page.path))
        if lost:
            calls.append(partial(self._tell, None, "lost", lost))
        _call_all(calls)

    def _tell(self, page: str | None, event: str, *arguments: Any) -> None:
        """Tell those who listen to this page; all, where it is None."""
        with self._lock:
            listeners = [
                listener for listener, anchor in self._listeners[event] if self._is_of(page, anchor())
            ]
        _call_all([partial(listener, *arguments) for listener in listeners])

    def _is_of(self, page: str | None, cell: str | None) -> bool:
        meant = self._pages.of(cell)
        return page is None or meant is None or meant.client == page


def _call_all(calls: Sequence[Callable[[], None]]) -> None:
    """Call every one, also after one failed; what was raised comes out at the end."""
    errors: list[Exception] = []
    for call in calls:
        try:
            call()
        except Exception as error:  # raised below, after the others had their turn
            errors.append(error)
    if len(errors) == 1:
        raise errors[0]
    if errors:
        raise ExceptionGroup("Several listeners failed.", errors)
