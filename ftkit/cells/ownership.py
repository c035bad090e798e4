"""Which cells are ours: by their metadata, and only while nobody has edited them."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from typing import Any, Literal

from ftkit.cells.steps import ORDER, Cell
from ftkit.notebook.operations import CellView, Replace

KEY = "ftkit"
SCHEMA = 1
State = Literal["ours", "edited", "foreign"]

UPGRADES: dict[int, Callable[[dict[str, Any]], dict[str, Any]]] = {}
"""One step each: what turns our metadata of one schema version into that of the next."""


def digest(source: str) -> str:
    """What tells an edited cell from an untouched one.

    Line ends, blanks at the ends of lines and empty lines around the cell do not count, since
    front ends and git change them by themselves.
    """
    lines = [line.rstrip() for line in source.strip().splitlines()]
    return hashlib.sha256("\n".join(lines).encode("utf-8", "surrogatepass")).hexdigest()[:16]


def metadata(step: str, source: str, run: str) -> dict[str, Any]:
    """The mark that a cell of ours carries."""
    return {KEY: {"schema": SCHEMA, "step": step, "digest": digest(source), "run": run}}


def mark_of(view: CellView) -> dict[str, Any] | None:
    """Our mark on a cell in today's schema.

    Returns
    -------
    dict or None
        None where there is none that can be understood: no mark, a damaged one, or one by a newer
        ftkit. Such a cell is the person's and is left alone.
    """
    mark = view.metadata.get(KEY)
    if view.type != "code" or not isinstance(mark, Mapping):
        return None
    mark = dict(mark)
    while mark.get("schema") in UPGRADES and mark["schema"] < SCHEMA:
        mark = UPGRADES[mark["schema"]](mark)
    if mark.get("schema") != SCHEMA or mark.get("step") not in ORDER:
        return None
    kept = {name: mark.get(name) for name in ("schema", "step", "digest", "run")}
    return kept if all(isinstance(kept[name], str) for name in ("step", "digest", "run")) else None


def state_of(view: CellView) -> State:
    """Whether a cell is ours, was ours until somebody edited it, or never was."""
    mark = mark_of(view)
    if mark is None:
        return "foreign"
    return "ours" if mark["digest"] == digest(view.source) else "edited"


def marked(view: CellView, cell: Cell) -> dict[str, Any]:
    """A cell's metadata with our mark for new text; what others keep there stays."""
    return {**view.metadata, **metadata(cell.step, cell.source, cell.run)}


def rewrite(view: CellView, source: str, run: str) -> Replace:
    """Change the text of a cell on the person's word, as a remedy's button does.

    An untouched cell stays ours; one that the person edited stays theirs.
    """
    mark = mark_of(view)
    changed = dict(view.metadata)
    if mark is not None and state_of(view) == "ours":
        changed = marked(view, Cell(mark["step"], source, run))
    return Replace(id=view.id, expected=view.source, source=source, metadata=changed)
