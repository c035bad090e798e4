"""The notebook that the person has open, as the kernel sees it: read, write and run its cells.

The other side is ``labextension/src/bridge.ts``. Every request has an id, a time limit and exactly one
answer, given to a function; nothing here ever waits, because a cell that waits keeps the kernel from
hearing the answer.
"""

from __future__ import annotations

import copy
import itertools
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Protocol

from ftkit.notebook.operations import CellView, Insert, Replace, Reply, Snapshot, wire
from ftkit.notebook.page import Page

GREETING = 2.0
"""Seconds within which an extension says hello, if there is one."""
LIMIT = 10.0
"""Seconds within which a request is answered. Only those count in which the kernel can listen."""

NOBODY = "No JupyterLab extension of ftkit answers in this notebook."
TOO_LATE = "JupyterLab did not answer in time. Reload the page if this happens again."
CLOSED = "The connection to JupyterLab was closed. Run the cell of the panel again."

EVENTS = ("connected", "changed", "ran", "lost", "removed")


class Clock(Protocol):
    """What the bridge needs of a clock."""

    def after(self, seconds: float, call: Callable[[], None]) -> Callable[[], None]:
        """Call later; returns what cancels it."""


@dataclass
class _Waiting:
    done: Callable[[Reply], None]
    cancel: Callable[[], None]
    page: str = ""
    runs: tuple[str, ...] = ()


class Bridge:
    """One for a kernel; see :func:`~ftkit.notebook.kernel.get_bridge`. To be used from any thread.

    Parameters
    ----------
    open_comm
        Opens a comm to the front end: ``open_comm(data)``. None outside a kernel: every request is then
        answered at once, with a no.
    clock
        For the time limits.

    Attributes
    ----------
    anchor
        Id of the cell that asked for the bridge last. With two notebooks on one kernel it tells which
        one is meant.
    page
        What is told unasked about a cell that takes its time.
    """

    def __init__(self, open_comm: Callable[[dict[str, Any]], Any] | None, clock: Clock | None) -> None:
        self.anchor: str | None = None
        self._open_comm = open_comm
        self._clock = clock
        self._lock = threading.RLock()
        self._comm: Any = None
        self._client: str | None = None
        self._state: dict[str, Any] | None = None
        self._ids = itertools.count(1)
        self._waiting: dict[str, _Waiting] = {}
        self._greeting: list[_Waiting] = []
        # The page that runs cells, and those whose end it has not told.
        self._running: list[tuple[str, tuple[str, ...]]] = []
        self._listeners: dict[str, list[Callable[..., None]]] = {name: [] for name in EVENTS}
        self.page = Page(self._send)

    # -- the connection ---------------------------------------------------------------------

    @property
    def connected(self) -> bool:
        """Whether an extension has said hello."""
        return self._client is not None

    @property
    def state(self) -> dict[str, Any] | None:
        """What the notebook's metadata keeps under ``ftkit``; None where nothing, or not connected yet."""
        with self._lock:
            return copy.deepcopy(self._state)

    def ready(self, callback: Callable[[bool], None]) -> None:
        """Call `callback` once: with True when an extension says hello, with False after two seconds.

        One that comes later (a page opened afterwards) is told by the event ``connected``.
        """
        with self._lock:
            nobody = self._clock is None or not self._opened()
            if not self.connected and not nobody:
                assert self._clock is not None
                waiting = _Waiting(lambda reply: callback(reply.ok), lambda: None)
                self._greeting.append(waiting)
                waiting.cancel = self._clock.after(GREETING, lambda: self._give_up_greeting(waiting))
                return
        callback(not nobody)

    def _opened(self) -> bool:
        """Open the comm where none is; False outside a kernel."""
        with self._lock:
            if self._open_comm is None:
                return False
            if self._comm is None:
                self._comm = self._open_comm({"anchor": self.anchor})
                self._comm.on_msg(self._on_message)
                self._comm.on_close(self._on_close)
            return True

    def _give_up_greeting(self, waiting: _Waiting) -> None:
        with self._lock:
            if waiting not in self._greeting:
                return
            self._greeting.remove(waiting)
        waiting.done(Reply(False, NOBODY))

    def _on_close(self, _message: Mapping[str, Any]) -> None:
        with self._lock:
            self._comm = self._client = None
            lost, self._waiting = list(self._waiting.values()), {}
        for waiting in lost:
            waiting.cancel()
        _call_all([partial(waiting.done, Reply(False, CLOSED)) for waiting in lost])

    # -- requests ---------------------------------------------------------------------------

    def snapshot(self, done: Callable[[Snapshot], None], anchor: str | None = None) -> None:
        """Ask for all cells.

        Parameters
        ----------
        anchor
            The cell that shows the wizard, as :func:`~ftkit.notebook.kernel.current_cell` gave it when it was run;
            :attr:`anchor` where None.
        """

        def got(reply: Reply) -> None:
            if not reply.ok:
                done(Snapshot(ok=False, error=reply.error))
                return
            views = tuple(
                CellView(view["id"], view["type"], view["source"], view["metadata"])
                for view in reply.data["views"]
            )
            done(Snapshot(views, reply.data["anchor"], reply.data["path"]))

        self._request("snapshot", got, anchor=anchor or self.anchor)

    def apply(
        self,
        operations: Sequence[Insert | Replace],
        run: Sequence[str],
        done: Callable[[Reply], None],
        show: str | None = None,
    ) -> None:
        """Carry out all operations, or none; the person can undo them with one undo. Then run cells.

        Parameters
        ----------
        run
            Ids of the cells to run after that, in order; the first that fails is the last that runs. The
            event ``ran`` tells how each one ended.
        show
            One of them to bring into view, with the place where its output appears, when it starts.
        """
        sent = [wire(operation) for operation in operations]
        self._request("apply", done, operations=sent, run=list(run), show=show)

    def run(self, ids: Sequence[str], done: Callable[[Reply], None], show: str | None = None) -> None:
        """Run cells, one after the other; `done` is told when they are on their way."""
        self._request("run", done, ids=list(ids), show=show)

    def set_state(self, state: Mapping[str, Any], done: Callable[[Reply], None] | None = None) -> None:
        """Keep `state` (plain JSON) in the notebook's metadata."""
        kept = copy.deepcopy(dict(state))
        with self._lock:
            self._state = kept
        self._request("set_state", done or _content, state=kept)

    def _request(self, op: str, done: Callable[[Reply], None], **content: Any) -> None:
        def send(ok: bool) -> None:
            if ok:
                self._send_request(op, done, content)
            else:
                done(Reply(False, NOBODY))

        self.ready(send)

    def _send_request(self, op: str, done: Callable[[Reply], None], content: dict[str, Any]) -> None:
        assert self._clock is not None
        with self._lock:
            if self._comm is None or self._client is None:
                lost = True
            else:
                lost = False
                name = f"r{next(self._ids)}"
                cancel = self._clock.after(LIMIT, lambda: self._give_up(name))
                runs = content.get("run") or content.get("ids") or ()
                self._waiting[name] = _Waiting(done, cancel, self._client, tuple(runs))
                self._comm.send({"kind": "request", "id": name, "to": self._client, "op": op, **content})
        if lost:
            done(Reply(False, CLOSED))

    def _give_up(self, name: str) -> None:
        with self._lock:
            waiting = self._waiting.pop(name, None)
            if waiting is None:
                return
            # That page is gone, or hangs: whoever else has the notebook open may say hello.
            self._client = None
            self._who()
        waiting.done(Reply(False, TOO_LATE))

    def _who(self) -> None:
        if self._comm is not None:
            self._comm.send({"kind": "who", "anchor": self.anchor})

    # -- what the front end tells -----------------------------------------------------------

    def on(self, event: str, listener: Callable[..., None]) -> Callable[[], None]:
        """Have `listener` called; returns what ends that.

        Events: ``connected(path)``; ``changed(cell_id, source, metadata)``, 400 ms after the person
        stopped typing in a cell of ours, or copied one; ``removed(cell_id)``; ``ran(cell_id, ok, error)``;
        ``lost(cell_ids)``, of cells that another page ran than the one that is there now: it will hardly tell
        their end.

        Raises
        ------
        KeyError
            Where there is no such event.
        """
        with self._lock:
            self._listeners[event].append(listener)

        def end() -> None:
            with self._lock:
                if listener in self._listeners[event]:
                    self._listeners[event].remove(listener)

        return end

    def _on_message(self, message: Mapping[str, Any]) -> None:
        data = message["content"]["data"]
        event = data.get("event")
        if event == "hello":
            self._on_hello(data)
        elif event == "reply":
            with self._lock:
                waiting = self._waiting.pop(data["id"], None)
                if waiting is not None and data["ok"] and waiting.runs:
                    self._running.append((waiting.page, waiting.runs))
            # None: the time limit came first, and the request has had its one answer.
            if waiting is not None:
                waiting.cancel()
                waiting.done(Reply(bool(data["ok"]), data["error"], data["data"]))
        elif event == "changed":
            if self._is_ours(message):
                self._tell("changed", data["id"], data["source"], data["metadata"])
        elif event == "ran":
            self._has_run(data["id"], bool(data["ok"]))
            self._tell("ran", data["id"], bool(data["ok"]), data["error"])
        elif event == "removed":
            if self._is_ours(message):
                self._tell("removed", data["id"])
        else:
            raise ValueError(f"Not a message that the bridge understands: {data!r}")

    def _is_ours(self, message: Mapping[str, Any]) -> bool:
        """Whether the page speaks that requests go to: another notebook on this kernel tells of its own cells."""
        page = message.get("header", {}).get("session")
        return page is None or self._client is None or page == self._client

    def _has_run(self, cell_id: str, ok: bool) -> None:
        """Wait no longer for this cell, nor for those before it; what follows a failing one does not run."""
        with self._lock:
            for place, (page, ids) in enumerate(self._running):
                if cell_id in ids:
                    left = ids[ids.index(cell_id) + 1 :] if ok else ()
                    self._running[place : place + 1] = [(page, left)] if left else []
                    return

    def _on_hello(self, data: Mapping[str, Any]) -> None:
        """Take up the page that says hello: the newest one, of those that show the wizard's cell.

        A page that took up an older comm does not know yet which cell is meant, so it is asked.
        """
        with self._lock:
            knows = self.anchor is None or data["anchor"] is True
            if data["anchor"] is None and self.anchor is not None:
                self._who()
            if self._client is not None and not knows:
                return
            self._client = data["client"]
            self._state = data["state"] if isinstance(data["state"], dict) else None
            greeted, self._greeting = self._greeting, []
            lost = tuple(one for page, ids in self._running if page != self._client for one in ids)
            self._running = [(page, ids) for page, ids in self._running if page == self._client]
        for waiting in greeted:
            waiting.cancel()
        calls = [partial(waiting.done, Reply(True)) for waiting in greeted]
        calls.append(partial(self._tell, "connected", data["path"]))
        if lost:
            calls.append(partial(self._tell, "lost", lost))
        _call_all(calls)

    def _tell(self, event: str, *arguments: Any) -> None:
        with self._lock:
            listeners = list(self._listeners[event])
        _call_all([partial(listener, *arguments) for listener in listeners])

    def _send(self, message: dict[str, Any]) -> None:
        with self._lock:
            if self._opened():
                self._comm.send(message)


def _content(reply: Reply) -> None:
    """What is done with an answer that nobody asked to hear: the page has said it to the person."""


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
