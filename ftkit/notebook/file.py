"""Carries out operations on a notebook file, exactly as the bridge does on an open notebook."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ftkit.errors import CellError
from ftkit.notebook.operations import CellView, Insert, Replace

if TYPE_CHECKING:
    from nbformat import NotebookNode


def read(path: str | Path) -> NotebookNode:
    """The notebook in a file, with an id for every cell.

    Notebooks older than format 4.5 have no cell ids; theirs are made here, the same ones every time.

    Raises
    ------
    CellError
        Where the file is missing or is no notebook.
    """
    import nbformat

    try:
        text = Path(path).read_text(encoding="utf-8")
        # nbformat stumbles over JSON that is no object.
        notebook = nbformat.reads(text if text.lstrip().startswith("{") else "", as_version=4)
    except (OSError, ValueError, nbformat.validator.ValidationError) as error:
        raise CellError(
            f"{str(path)!r} cannot be read as a notebook: {error}", "Check the file name, or save it again."
        ) from error
    if (notebook.nbformat, notebook.nbformat_minor) < (4, 5):
        notebook.nbformat_minor = 5
        for number, cell in enumerate(notebook.cells):
            cell.setdefault("id", f"cell-{number}")
    return notebook


def write(notebook: NotebookNode, path: str | Path) -> None:
    """Check the notebook against its format and write it, replacing the file as a whole."""
    import nbformat

    nbformat.validate(notebook)
    target = Path(path)
    fresh = target.with_name(f".{target.name}.new")
    fresh.write_text(nbformat.writes(notebook) + "\n", encoding="utf-8")
    fresh.replace(target)


def views(notebook: NotebookNode) -> list[CellView]:
    """Every cell, in order."""
    return [
        CellView(cell["id"], cell["cell_type"], cell["source"], copy.deepcopy(dict(cell["metadata"])))
        for cell in notebook.cells
    ]


def apply(notebook: NotebookNode, operations: Sequence[Insert | Replace]) -> None:
    """Carry out all operations, in order, or none.

    Raises
    ------
    CellError
        Where one does not fit: a cell that is not there, is there twice, or holds other text than
        expected. The notebook is unchanged then.
    """
    from nbformat import from_dict

    cells = list(notebook.cells)
    for operation in operations:
        if isinstance(operation, Insert):
            if any(cell["id"] == operation.id for cell in cells):
                raise _conflict(f"There is already a cell {operation.id} in the notebook.")
            cells.insert(_index(cells, operation.after) + 1, from_dict(_code_cell(operation)))
        else:
            index = _index(cells, operation.id)
            old = cells[index]
            if old["cell_type"] != "code":
                raise _conflict(f"Cell {operation.id} is not a code cell.")
            if old["source"] != operation.expected:
                raise _conflict(f"Cell {operation.id} was changed meanwhile.")
            new = {"source": operation.source, "metadata": copy.deepcopy(dict(operation.metadata))}
            cells[index] = from_dict({**old, **new})
    notebook.cells = cells


def _code_cell(operation: Insert) -> dict[str, Any]:
    return {
        "id": operation.id,
        "cell_type": "code",
        "execution_count": None,
        "metadata": copy.deepcopy(dict(operation.metadata)),
        "outputs": [],
        "source": operation.source,
    }


def _index(cells: Sequence[Any], cell_id: str) -> int:
    found = [i for i, cell in enumerate(cells) if cell["id"] == cell_id]
    if not found:
        raise _conflict(f"There is no cell {cell_id} in the notebook.")
    if len(found) > 1:
        raise _conflict(f"Two cells have the id {cell_id}.")
    return found[0]


def _conflict(what: str) -> CellError:
    return CellError(what, "Nothing was changed.")
