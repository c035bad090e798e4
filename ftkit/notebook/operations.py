"""What a notebook is seen as, what may be done to it, and what is answered."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class CellView:
    """One cell of a notebook.

    Attributes
    ----------
    id
        The cell's id in the notebook.
    type
        ``code``, ``markdown`` or ``raw``.
    source
        Its text.
    metadata
        All of its metadata.
    """

    id: str
    type: str
    source: str
    metadata: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Insert:
    """A new code cell.

    Attributes
    ----------
    id
        Its id, made here, so that file and bridge write the same bytes.
    after
        Id of the cell above it; may be one that an earlier operation inserts.
    """

    id: str
    after: str
    source: str
    metadata: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Replace:
    """New text for a cell, if it still holds the expected one.

    Attributes
    ----------
    expected
        The text it must hold now; a conflict otherwise.
    metadata
        All of its metadata from then on.
    """

    id: str
    expected: str
    source: str
    metadata: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Reply:
    """The one answer to a request.

    Attributes
    ----------
    ok
        Whether it was done. If not, nothing was changed.
    error
        A sentence for the person where it was not.
    data
        What came with it; ``{"code": "conflict", "cell": id}`` where a cell stood in the way.
    """

    ok: bool
    error: str = ""
    data: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Snapshot:
    """The notebook at one moment.

    Attributes
    ----------
    views
        Every cell, in order.
    anchor_id
        The cell that shows the wizard; None where it is not in the notebook any more.
    path
        The notebook's path as the Jupyter server names it.
    ok, error
        As in :class:`Reply`: where `ok` is false, nothing is known and `views` is empty.
    """

    views: tuple[CellView, ...] = ()
    anchor_id: str | None = None
    path: str = ""
    ok: bool = True
    error: str = ""


def wire(operation: Insert | Replace) -> dict[str, Any]:
    """An operation as it is sent to the page."""
    shared = {"id": operation.id, "source": operation.source, "metadata": dict(operation.metadata)}
    if isinstance(operation, Insert):
        return {"op": "insert", "after": operation.after, **shared}
    return {"op": "replace", "expected": operation.expected, **shared}
