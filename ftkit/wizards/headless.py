"""The cells of a ``ftkit.wizard(…)`` call without a browser: the same ones that its buttons write."""

from __future__ import annotations

import ast
import contextlib
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ftkit import cells
from ftkit.errors import CellError, FtkitError
from ftkit.notebook import CellView
from ftkit.wizards.opening import step_named
from ftkit.wizards.session import STEPS, Session

if TYPE_CHECKING:
    from ftkit.cells import Cell

COMPUTED = "Write its arguments out as texts and numbers."


def read_call(source: str) -> tuple[str | None, dict[str, Any]] | None:
    """Step and presets of the ``wizard(…)`` call in a cell; None where there is none.

    Raises
    ------
    CellError
        Where the call computes its arguments.
    """
    try:
        tree = ast.parse(source)
    except SyntaxError:
        return None  # a magic, or a cell that is not Python: no call of ours
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and _name(node.func) == "wizard":
            return _arguments(node)
    return None


def _name(function: ast.expr) -> str:
    return function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")


def _arguments(call: ast.Call) -> tuple[str | None, dict[str, Any]]:
    try:
        positional = [ast.literal_eval(value) for value in call.args]
        named = {word.arg: ast.literal_eval(word.value) for word in call.keywords if word.arg}
    except ValueError as error:
        raise CellError("The wizard's call computes its arguments.", COMPUTED) from error
    if len(positional) > 1 or len(named) != len(call.keywords):
        raise CellError("The wizard's call computes its arguments.", COMPUTED)
    step = positional[0] if positional else named.pop("step", None)
    return step, named


def cells_for_call(call: str | Mapping[str, Any], folder: str | Path = ".") -> list[Cell]:
    """The cells that the buttons of a wizard would write.

    Parameters
    ----------
    call
        The source of the wizard's cell, or its presets.
    folder
        Where the notebook is: paths in the call are read from there.

    Raises
    ------
    FtkitError
        Where the call cannot be understood, or its model or data cannot be used; all reasons at once.
    """
    if isinstance(call, str):
        found = read_call(call)
        if found is None:
            raise CellError("The cell does not call ftkit.wizard(…).", "Name the cell that does.")
        step, presets = found
    else:
        step, presets = None, dict(call)
    steps = STEPS if step is None else (step_named(step),)
    with contextlib.chdir(folder):
        session = Session(presets)
        obstacles = session.obstacles(steps)
        if obstacles:
            raise FtkitError(" ".join(sentence for _, sentence in obstacles))
        return [session.cells[one] for one in steps]


def place_in(notebook: Any, folder: str | Path = ".") -> dict[str, str]:
    """Write the cells of every wizard call of a notebook into it, as the buttons would.

    Returns
    -------
    dict
        The ids of the cells by step.
    """
    from ftkit.notebook import file

    placed: dict[str, str] = {}
    for view in file.views(notebook):
        if not _calls(view):
            continue
        wanted = cells_for_call(view.source, folder)
        placement = cells.place(file.views(notebook), wanted, view.id)
        file.apply(notebook, placement.operations)
        placed.update(placement.cell_ids)
    return placed


def _calls(view: CellView) -> bool:
    return view.type == "code" and cells.state_of(view) == "foreign" and read_call(view.source) is not None
