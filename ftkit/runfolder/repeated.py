"""Steps that have more than one value in a series: only the last one can be used, and nobody should have to guess that."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ftkit.runfolder.figures import as_number, as_step


def remark_on(name: str, points: Iterable[tuple[int, float]]) -> str | None:
    """A sentence about the steps with several values; None where there are none. The same value once more is no second one."""
    values: dict[int, set[float]] = {}
    for step, value in points:
        if value == value:  # NaN is like nothing, and tells of itself
            values.setdefault(step, set()).add(value)
    several = sorted(step for step, found in values.items() if len(found) > 1)
    if not several:
        return None
    if len(several) == 1:
        return f"{name} has more than one value at step {several[0]}: the last one was used."
    return (
        f"{name} has more than one value at {len(several)} steps, the first is step {several[0]}: "
        "the last one of each was used."
    )


def remarks_on_log(rows: Sequence[Any]) -> list[str]:
    """The same for the losses in the log of a Trainer."""
    remarks = (remark_on(name, _points(rows, name)) for name in ("loss", "eval_loss"))
    return [remark for remark in remarks if remark is not None]


def _points(rows: Iterable[Any], name: str) -> Iterable[tuple[int, float]]:
    for row in rows:
        if isinstance(row, Mapping) and name in row:
            step, value = as_step(row.get("step")), as_number(row[name])
            if step is not None and value is not None:
                yield step, value
