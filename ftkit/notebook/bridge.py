"""The notebook that the person has open, as the kernel sees it: read, write and run its cells.

Every request is answered once, to a function, and nothing here ever waits: see :mod:`ftkit.notebook.line`.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ftkit.notebook.line import Line
from ftkit.notebook.operations import CellView, Insert, Replace, Reply, Snapshot, wire
from ftkit.notebook.page import Page


class Bridge:
    """The way to one notebook; see :func:`~ftkit.notebook.kernel.get_bridge`. To be used from any thread.

    Parameters
    ----------
    line
        The kernel's line to its pages.
    anchor
        See below.

    Attributes
    ----------
    anchor
        Id of a cell of the notebook. With two notebooks on one kernel it tells which one is meant; where
        None, that of the page that was loaded last is.
    page
        What is told unasked about a cell that takes its time.
    """

    def __init__(self, line: Line, anchor: str | None = None) -> None:
        self.anchor = anchor
        self._line = line
        self.page = Page(line.send)

    @property
    def connected(self) -> bool:
        """Whether the page that has the notebook open has said hello."""
        return self._line.connected(self.anchor)

    @property
    def state(self) -> dict[str, Any] | None:
        """What the notebook's metadata keeps under ``ftkit``; None where nothing, or not connected yet."""
        return copy.deepcopy(self._line.state(self.anchor))

    def is_elsewhere(self, page: str | None) -> bool:
        """Whether this is surely another notebook than the one on a page, as :func:`~ftkit.notebook.kernel.current_page` names it."""
        return self._line.is_elsewhere(self.anchor, page)

    def ready(self, callback: Callable[[bool], None]) -> None:
        """Call `callback` once: with True when an extension says hello, with False after two seconds.

        One that comes later (a page opened afterwards) is told by the event ``connected``.
        """
        self._line.ready(callback, self.anchor)

    def snapshot(self, done: Callable[[Snapshot], None]) -> None:
        """Ask for all cells."""

        def got(reply: Reply) -> None:
            if not reply.ok:
                done(Snapshot(ok=False, error=reply.error))
                return
            views = tuple(
                CellView(view["id"], view["type"], view["source"], view["metadata"])
                for view in reply.data["views"]
            )
            done(Snapshot(views, reply.data["anchor"], reply.data["path"]))

        self._request("snapshot", got, anchor=self.anchor)

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
        self._request("set_state", done or _content, state=copy.deepcopy(dict(state)))

    def _request(self, op: str, done: Callable[[Reply], None], **content: Any) -> None:
        self._line.request(op, done, self.anchor, content)

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
        return self._line.on(event, listener, lambda: self.anchor)


def _content(reply: Reply) -> None:
    """What is done with an answer that nobody asked to hear: the page has said it to the person."""
