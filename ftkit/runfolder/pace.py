"""How long a step of a run took, over the whole of its training."""

from __future__ import annotations

from typing import Any

from ftkit.runfolder.attempts import counting, starts_of
from ftkit.runfolder.figures import as_number, as_step
from ftkit.runfolder.folder import RunFolder


def seconds_a_step(folder: RunFolder) -> float | None:
    """Seconds of training by its steps, without evaluations; of a resumed run, what counts of all its attempts.

    The pace of the last few steps alone says what the computer was busy with at that moment. It stands in where nobody
    noted how long the training took.

    Returns
    -------
    float or None
        None where no pace is on record.
    """
    problems: list[str] = []
    starts = starts_of(folder, problems)
    rows = counting(folder.path / "speed.jsonl", starts, problems)
    latest = {as_step(row.get("attempt", 1)): row for row in rows if _above_zero(row, "training")}
    seconds, steps = 0.0, 0
    for attempt, row in latest.items():
        # Each attempt counts its seconds from its own start.
        passed = (as_step(row.get("step")) or 0) - starts.get(attempt or 0, 0)
        if passed > 0:
            seconds += _above_zero(row, "training")
            steps += passed
    if steps:
        return seconds / steps
    paces = [pace for row in rows if (pace := _above_zero(row, "steps_per_second"))]
    return 1 / paces[-1] if paces else None


def _above_zero(row: dict[str, Any], name: str) -> float:
    """A figure of a row; 0 where it is none or not above zero."""
    value = as_number(row.get(name))
    return value if value is not None and 0 < value < float("inf") else 0.0
