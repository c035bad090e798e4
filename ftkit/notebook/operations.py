"""What a notebook is seen as, and what may be done to it."""

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
