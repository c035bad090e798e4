"""The pages that have this kernel's notebooks open: which cells each of them holds, and what it runs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any


@dataclass
class OpenPage:
    """One notebook on one page, as it said hello.

    Attributes
    ----------
    client
        What the page calls itself; requests are addressed to it.
    path
        Of the notebook.
    cells
        Ids of the cells that were there when it said hello.
    state
        What the notebook's metadata keeps under ``ftkit``; None where nothing.
    running
        Ids of cells that it was asked to run and whose end it has not told, request by request.
    gone
        Whether it left a request unanswered, or the way to it was shut. What it held says still which
        notebook a cell is in.
    """

    client: str
    path: str
    cells: frozenset[str]
    state: dict[str, Any] | None
    running: list[tuple[str, ...]] = field(default_factory=list)
    gone: bool = False

    def shows_the_same_as(self, other: OpenPage) -> bool:
        """Whether it is the same notebook, also where that was renamed or all its cells are new."""
        return self.path == other.path or bool(self.cells & other.cells)

    def is_loaded_anew_from(self, other: OpenPage) -> bool:
        """Whether it is the same notebook, all of whose cells got new ids: it is of an old format."""
        return self.path == other.path and not self.cells & other.cells


class OpenPages:
    """The pages that have said hello, in the order in which they first did, or were worked on. The caller sees to it that threads take turns."""

    def __init__(self) -> None:
        self._pages: dict[str, OpenPage] = {}

    def __bool__(self) -> bool:
        return any(not page.gone for page in self._pages.values())

    def hello(self, data: Mapping[str, Any]) -> tuple[OpenPage, bool, tuple[str, ...]]:
        """Take up a page, or what is new of one.

        Returns
        -------
        tuple
            The page, whether it is a new one, and the ids of cells that another page of the same notebook
            ran: it has been loaded anew since, so nobody will tell their end.
        """
        client = data["client"]
        before = self._pages.get(client)
        state = data["state"] if isinstance(data["state"], dict) else None
        page = OpenPage(client, data["path"], frozenset(data["cells"]), state)
        if before is not None:
            page.running = before.running
        lost: list[str] = []
        for other in self._pages.values():
            # One that is here and says hello again does not take a cell away from another.
            if other is not before and (before is None or other.gone) and other.shows_the_same_as(page):
                lost += [one for ids in other.running for one in ids]
                other.running = []
        self._pages[client] = page
        return page, before is None or before.gone, tuple(lost)

    def has(self, cell: str | None) -> bool:
        """Whether a page holds this cell; where no cell is named, whether there is a page at all."""
        return bool(self) if cell is None else self._holder(cell) is not None

    def of(self, cell: str | None) -> OpenPage | None:
        """The newest page that holds this cell, else the newest one; None where nobody has said hello."""
        newest_first = (page for page in reversed(self._pages.values()) if not page.gone)
        return self._holder(cell) or next(newest_first, None)

    def _holder(self, cell: str | None) -> OpenPage | None:
        """The newest page that holds this cell, or the notebook that held it until that was loaded anew."""
        newer: list[OpenPage] = []
        for page in reversed(self._pages.values()):
            if cell in page.cells:
                anew = (one for one in newer if one.is_loaded_anew_from(page))
                found = next(anew, None if page.gone else page)
                if found is not None:
                    return found
            if not page.gone:
                newer.append(page)
        return None

    def are_apart(self, cell: str | None, client: str | None) -> bool:
        """Whether this page shows another notebook than the one with this cell; False where one is not known."""
        shown = self._pages.get(client or "")
        holders = [page for page in self._pages.values() if cell in page.cells]
        return shown is not None and bool(holders) and not any(map(shown.shows_the_same_as, holders))

    def asked(self, cell: str, client: str) -> None:
        """Take note of the page that had a cell run. Of a copy of the notebook, which has the same ids, it comes first."""
        page = self._pages.get(client)
        if page is None:
            return
        page.cells |= {cell}
        other = self._holder(cell)
        if other is not None and other.path != page.path:
            self._pages[client] = self._pages.pop(client)

    def runs(self, client: str, ids: Sequence[str]) -> None:
        """Remember what a page has begun to run."""
        if client in self._pages and ids:
            self._pages[client].running.append(tuple(ids))

    def has_run(self, cell: str, ok: bool) -> None:
        """Wait no longer for this cell, nor for those before it; what follows a failing one does not run."""
        for page in self._pages.values():
            for place, ids in enumerate(page.running):
                if cell in ids:
                    left = ids[ids.index(cell) + 1 :] if ok else ()
                    page.running[place : place + 1] = [left] if left else []
                    return

    def forget(self, client: str) -> None:
        """That page is gone, or hangs."""
        if client in self._pages:
            self._pages[client].gone = True

    def clear(self) -> None:
        """The way to all of them is shut."""
        for page in self._pages.values():
            page.gone = True
