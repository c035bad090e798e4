"""Choices and cells that somebody may have edited: what differs, and how a change reaches both.

Pure functions over notebook cells; the bridge carries out what they return.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ftkit import cells
from ftkit.cells.ownership import mark_of
from ftkit.errors import CellError
from ftkit.tasks.multi_task import as_in_cell, as_settings

if TYPE_CHECKING:
    from ftkit.cells import Cell, Difference
    from ftkit.notebook import CellView, Insert, Replace
    from ftkit.recipe import Recipe
    from ftkit.wizards.session import Session

_HOMES = {
    "model": ("model",),
    "data": ("data",),
    "method": ("method",),
    "training": ("train",),
    "task": ("train",),
    "run": ("train", "compare"),
    "parent": ("compare",),
}


def steps_with(path: str) -> tuple[str, ...]:
    """The steps in whose cells a setting stands."""
    if path == "task.also":
        return ("data", "train")
    return _HOMES.get(path.partition(".")[0], ())


def step_shown(view: CellView) -> str | None:
    """Which step a cell carries out; None for a cell that never was ours."""
    mark = mark_of(view)
    return None if mark is None else str(mark["step"])


@dataclass(frozen=True)
class Changed:
    """What a change of the choices means for the notebook.

    Attributes
    ----------
    operations
        Edits, to be applied all at once.
    left_alone
        Sentences about cells that the change could not be written into.
    """

    operations: tuple[Insert | Replace, ...]
    left_alone: tuple[str, ...] = ()


def follow_choices(
    views: Sequence[CellView],
    session: Session,
    paths: Sequence[str],
    anchor: str,
    back: Mapping[str, tuple[str, str]] | None = None,
) -> Changed:
    """Bring the cells in the notebook up to a change of the choices at these paths.

    Cells that nobody edited are written anew. In an edited one only the literals of these settings
    change; everything else in it stays, byte for byte.

    Parameters
    ----------
    back
        By cell what it held before a change that is taken back, and after it: an edited one that holds that still gets
        back what it held, and not only the values that the form knows.
    """
    present = {step for view in views if (step := step_shown(view))}
    wanted = [cell for step, cell in session.cells.items() if step in present]
    placement = cells.place(views, wanted, anchor)
    by_id = {view.id: view for view in views}
    operations, left_alone = list(placement.operations), []
    for step, cell_id in placement.kept:
        view = by_id[cell_id]
        held, since = (back or {}).get(cell_id, ("", None))
        if view.source == since:
            operations += [cells.rewrite(view, held, session.recipe.run)] if held != since else []
            continue
        here = {path: _value(session, path) for path in paths if step in steps_with(path)}
        here = as_in_cell(here, step, session.recipe)
        source, refused = _set_each(view.source, step, here)
        left_alone += refused
        if source != view.source:
            operations.append(cells.rewrite(view, source, session.recipe.run))
    return Changed(tuple(operations), tuple(left_alone))


def set_in_cell(view: CellView, step: str, values: Mapping[str, Any], run: str) -> Changed:
    """Write values into one cell, and nothing else of it."""
    source, refused = _set_each(view.source, step, values)
    operations = (cells.rewrite(view, source, run),) if source != view.source else ()
    return Changed(operations, tuple(refused))


def _set_each(source: str, step: str, values: Mapping[str, Any]) -> tuple[str, list[str]]:
    """Set what can be set; the sentences say what could not."""
    try:
        return cells.set_values(source, step, values), []
    except CellError as error:
        if len(values) == 1:
            return source, [str(error)]
    refused: list[str] = []
    for path, value in values.items():
        source, one = _set_each(source, step, {path: value})
        refused += one
    return source, refused


def answer_existing(cell: Cell, existing: str) -> Cell:
    """The train cell with the answer to "this run exists": ``resume`` or ``overwrite``."""
    return cells.Cell(cell.step, cells.set_follow(cell.source, existing=existing), cell.run)


def answered(source: str) -> bool:
    """Whether a train cell says itself what to do with a run that exists."""
    try:
        return 'existing="' in source and cells.set_follow(source, existing="ask") != source
    except CellError:
        # The person has rewritten those calls: their cell decides, and asks when it runs.
        return True


def differences(view: CellView, session: Session) -> list[Difference]:
    """Where a cell in the notebook and the form say different things."""
    step = step_shown(view)
    if step is None or step not in session.cells:
        return []
    try:
        return cells.drift(view.source, session.cells[step].source, step)
    except CellError:
        # Half-typed Python: the next keystroke, or running it, says what is wrong.
        return []


def taken_over(found: Sequence[Difference], recipe: Recipe) -> dict[str, Any]:
    """The values of a cell that the form can take up, by dotted path."""
    plain = {one.path: one.cell for one in found if not isinstance(one.cell, cells.Expression)}
    return as_settings(plain, recipe)


def _value(session: Session, path: str) -> Any:
    if path == "model.id":
        return session.resolved.model_path
    if path == "parent":
        return cells.held_against(session.recipe)
    value = session.recipe.get(path)
    return session.resolved.recipe.get(path) if value == "auto" else value
