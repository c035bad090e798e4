"""A notebook that answers as the bridge does, at once and in this process."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import nbformat

from ftkit.errors import CellError
from ftkit.notebook import CellView, Reply, Snapshot, file

ANCHOR = "wizard"
CALL = "import ftkit\n\nftkit.wizard()"


def new_notebook(*sources: str, call: str = CALL) -> Any:
    """A notebook whose first cell shows the wizard."""
    notebook = nbformat.v4.new_notebook()
    notebook.cells = [nbformat.v4.new_code_cell(call, id=ANCHOR)]
    for number, source in enumerate(sources):
        notebook.cells.append(nbformat.v4.new_code_cell(source, id=f"own-{number}"))
    return notebook


class OpenNotebook:
    """Stands where the bridge does.

    Attributes
    ----------
    failing
        What cells fail with when they run, by step.
    ran
        Steps whose cells were run, in order.
    shown
        What was asked to be brought into view, edit by edit.
    unheard
        Steps whose cells run without telling how they ended, as where the page that runs them is loaded anew.
    """

    def __init__(
        self, notebook: Any | None = None, *, state: Mapping[str, Any] | None = None, there: bool = True
    ):
        self.notebook = notebook if notebook is not None else new_notebook()
        self.connected = there
        self.state = copy.deepcopy(dict(state)) if state else None
        self.failing: dict[str, str] = {}
        self.ran: list[str] = []
        self.shown: list[str | None] = []
        self.unheard: tuple[str, ...] = ()
        self.edits = 0
        self._listeners: dict[str, list[Callable[..., None]]] = {
            event: [] for event in ("changed", "removed", "ran", "lost")
        }

    def ready(self, callback: Callable[[bool], None]) -> None:
        callback(self.connected)

    def set_state(self, state: Mapping[str, Any], done: Any = None) -> None:
        self.state = copy.deepcopy(dict(state))

    def on(self, event: str, listener: Callable[..., None]) -> Callable[[], None]:
        self._listeners[event].append(listener)
        return lambda: self._listeners[event].remove(listener)

    def tell(self, event: str, *arguments: Any) -> None:
        for listener in list(self._listeners[event]):
            listener(*arguments)

    def snapshot(self, done: Callable[[Snapshot], None]) -> None:
        done(Snapshot(tuple(file.views(self.notebook)), ANCHOR, "a.ipynb"))

    def apply(
        self,
        operations: Sequence[Any],
        run: Sequence[str],
        done: Callable[[Reply], None],
        show: str | None = None,
    ) -> None:
        try:
            file.apply(self.notebook, operations)
        except CellError as error:
            done(Reply(False, str(error), {"code": "conflict"}))
            return
        self.edits += 1
        self.shown.append(show)
        done(Reply(True))
        for cell_id in run:
            step = self.view(cell_id).metadata["ftkit"]["step"]
            self.ran.append(step)
            if step in self.unheard:
                return
            self.tell("ran", cell_id, step not in self.failing, self.failing.get(step, ""))
            if step in self.failing:
                return

    # -- for the tests ----------------------------------------------------------------------

    def view(self, cell_id: str) -> CellView:
        return next(view for view in file.views(self.notebook) if view.id == cell_id)

    def source(self, step: str) -> str:
        return next(
            view.source
            for view in file.views(self.notebook)
            if view.metadata.get("ftkit", {}).get("step") == step
        )

    def id_of(self, step: str) -> str:
        return next(
            view.id
            for view in file.views(self.notebook)
            if view.metadata.get("ftkit", {}).get("step") == step
        )

    def steps(self) -> list[str]:
        return [
            view.metadata["ftkit"]["step"] for view in file.views(self.notebook) if "ftkit" in view.metadata
        ]

    def edit(self, step: str, old: str, new: str) -> None:
        """Change a cell as the person would, and tell so."""
        for cell in self.notebook.cells:
            if cell.metadata.get("ftkit", {}).get("step") == step:
                assert old in cell.source
                cell.source = cell.source.replace(old, new)
                self.tell("changed", cell.id, cell.source, cell.metadata)
