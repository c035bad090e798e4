"""Where cells go in a notebook: what to insert, what to replace, what to leave alone."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from ftkit.cells.ownership import digest, mark_of, marked, metadata, state_of
from ftkit.cells.steps import ORDER, Cell
from ftkit.errors import CellError
from ftkit.notebook.operations import CellView, Insert, Replace

WIZARD = re.compile(r"\bwizard\s*\(")


@dataclass(frozen=True)
class Placement:
    """What has to happen in the notebook, and what was found there.

    Attributes
    ----------
    operations
        Edits, to be applied all at once.
    cell_ids
        The cell of each wanted step after that.
    kept
        ``(step, cell id)`` of cells that were edited and therefore stay as they are.
    copies
        ``(step, cell id)`` of further cells of a wanted step: the person's, left alone.
    """

    operations: tuple[Insert | Replace, ...]
    cell_ids: dict[str, str]
    kept: tuple[tuple[str, str], ...] = ()
    copies: tuple[tuple[str, str], ...] = ()


@dataclass
class _Notebook:
    """The notebook as seen from one wizard cell."""

    views: Sequence[CellView]
    anchor: str
    order: list[str] = field(init=False)
    zone: set[str] = field(init=False)

    def __post_init__(self) -> None:
        self.order = [view.id for view in self.views]
        if self.anchor not in self.order:
            raise CellError("The wizard's own cell is not in this notebook.", "Run the wizard cell again.")
        start = self.order.index(self.anchor) + 1
        below = self.views[start:]
        end = next((i for i, view in enumerate(below) if _is_wizard(view)), len(below))
        self.zone = {view.id for view in below[:end]}

    def cells_of(self, step: str, run: str) -> list[CellView]:
        """The cells of a step that may be this wizard's: untouched before edited, nearest first.

        Below another wizard's cell, and above this one, only a cell of the same run is meant.
        """
        found = [
            view
            for view in self.views
            if (mark := mark_of(view))
            and mark["step"] == step
            and (view.id in self.zone or mark["run"] == run)
        ]
        return sorted(found, key=lambda view: (view.id not in self.zone, state_of(view) == "edited"))


def _is_wizard(view: CellView) -> bool:
    return view.type == "code" and mark_of(view) is None and bool(WIZARD.search(view.source))


def _new_id(step: str, taken: set[str]) -> str:
    """A readable cell id; the same notebook always gives the same one."""
    number = 1
    while (name := f"ftkit-{step}" + (f"-{number}" if number > 1 else "")) in taken:
        number += 1
    taken.add(name)
    return name


def place(views: Sequence[CellView], wanted: Sequence[Cell], anchor: str) -> Placement:
    """Decide what becomes of every wanted cell. Changes nothing itself.

    An untouched cell of ours is replaced where it is, also after it was moved. An edited one is
    kept. One that is missing is written below the nearest earlier step, or below the wizard.

    Parameters
    ----------
    views
        All cells of the notebook, in order.
    wanted
        The cells to place, one a step, in any order.
    anchor
        Id of the cell that holds the wizard.

    Raises
    ------
    CellError
        Where the wizard's cell is not in the notebook.
    """
    notebook = _Notebook(views, anchor)
    taken = set(notebook.order)
    operations: list[Insert | Replace] = []
    cell_ids: dict[str, str] = {}
    kept: list[tuple[str, str]] = []
    copies: list[tuple[str, str]] = []
    by_step = {cell.step: cell for cell in wanted}
    run = next((cell.run for cell in wanted), "")
    after, at = anchor, notebook.order.index(anchor)
    for step in ORDER:
        found = notebook.cells_of(step, run)
        cell = by_step.get(step)
        if found and found[0].id in notebook.zone and notebook.order.index(found[0].id) > at:
            after, at = found[0].id, notebook.order.index(found[0].id)
        if cell is None:
            continue
        copies += [(step, view.id) for view in found[1:]]
        if not found:
            new = Insert(_new_id(step, taken), after, cell.source, metadata(step, cell.source, cell.run))
            operations.append(new)
            cell_ids[step] = after = new.id
            continue
        view = found[0]
        cell_ids[step] = view.id
        if state_of(view) == "edited" and digest(view.source) != digest(cell.source):
            kept.append((step, view.id))
        elif view.source != cell.source or view.metadata != marked(view, cell):
            operations.append(Replace(view.id, view.source, cell.source, marked(view, cell)))
    return Placement(tuple(operations), cell_ids, tuple(kept), tuple(copies))
