"""The losses of single held-out rows over a run: what tells whether a change is more than the choice of the rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ftkit.diagnosis.statistics import Floats
from ftkit.runfolder import History


class PerRow(NamedTuple):
    """Evaluation losses by group of rows that belong together; where nothing ties rows, each is its own group.

    `steps` (evaluations,), `losses` (evaluations, groups), `tokens` (groups,); `rows` held-out rows in all.
    `base` (groups,) are those of the untouched base, ``None`` where they were measured at no time.
    """

    steps: Floats
    losses: Floats
    tokens: Floats
    base: Floats | None
    rows: int


def rows_of(history: History) -> PerRow | None:
    """The losses of the rows that every evaluation measured, ``None`` with fewer than two rows or evaluations."""
    recorded: Mapping[int, Mapping[Any, tuple[float, int]]] = history.evaluations or {}
    steps = sorted(recorded)
    if len(steps) < 2:
        return None
    shared = set.intersection(*(set(recorded[step]) for step in steps))
    ids = sorted(row for row in shared if recorded[steps[0]][row][1] > 0)
    if len(ids) < 2:
        return None
    losses = np.array([[recorded[step][row][0] for row in ids] for step in steps], dtype=np.float64)
    tokens = np.array([recorded[steps[0]][row][1] for row in ids], dtype=np.float64)
    finite = np.isfinite(losses).all(axis=1)
    if int(finite.sum()) < 2:
        return None
    found, losses = np.array(steps, dtype=np.float64)[finite], losses[finite]
    base = _base(history, ids, found, losses)
    names, place = np.unique([history.clusters.get(row, row) for row in ids], return_inverse=True)
    if len(names) < 2:
        return None
    if len(names) < len(ids):
        losses, tokens = _summed(losses, place, len(names)), _summed(tokens[None], place, len(names))[0]
        base = None if base is None else _summed(base[None], place, len(names))[0]
    return PerRow(found, losses, tokens, base, len(ids))


def _base(history: History, ids: Sequence[str], steps: Floats, losses: Floats) -> Floats | None:
    if history.measured_base is None:
        return losses[0] if steps[0] == 0 else None
    rows = history.base_evaluations
    if not set(ids) <= set(rows):
        return None
    base = np.array([rows[row][0] for row in ids], dtype=np.float64)
    return base if np.isfinite(base).all() else None


def _summed(values: Floats, place: NDArray[np.intp], groups: int) -> Floats:
    """Sums over the groups of the last axis."""
    return np.stack([np.bincount(place, weights=row, minlength=groups) for row in values])
