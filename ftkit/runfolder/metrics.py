"""The evaluation that a trainer keeps, where it chooses by another metric than the loss."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from ftkit.runfolder.figures import as_number, as_step
from ftkit.runfolder.metric_names import better_when

_CHECKPOINT = re.compile(r"checkpoint-(\d{1,12})[/\\]*\Z")
# What is logged beside an evaluation and measures nothing of the model.
SPEEDS = ("_runtime", "_per_second", "_time")


class Kept(NamedTuple):
    """The evaluation whose checkpoint a trainer keeps, where another metric than the loss chooses it.

    Attributes
    ----------
    metric
        Its name in the log, such as ``eval_accuracy``.
    step, value
        Where it was best, and how good.
    higher
        Whether higher counts as better.
    """

    metric: str
    step: int
    value: float
    higher: bool

    @property
    def words(self) -> str:
        """For a sentence: ``highest eval_accuracy, 0.910``."""
        return f"{'highest' if self.higher else 'lowest'} {self.metric}, {self.value:.3f}"


def kept_by(arguments: Any) -> dict[str, Any]:
    """The two arguments of a trainer that say which checkpoint it keeps."""
    if not isinstance(arguments, Mapping):
        return {}
    metric, higher = arguments.get("metric_for_best_model"), arguments.get("greater_is_better")
    return {
        "metric_for_best_model": metric if isinstance(metric, str) and metric else None,
        "greater_is_better": higher if isinstance(higher, bool) else None,
    }


def kept_by_state(state: Mapping[str, Any], rows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """The same from a Trainer's state: it names its best value and the step of it, and at best in memory the metric.

    Where several metrics have that value there, any of them does: the step is what counts. It is empty where the loss
    has it, as then the lowest loss tells the step.
    """
    value, step = as_number(state.get("best_metric")), _kept_step(state)
    if value is None or step is None:
        return {}
    measured: dict[str, dict[int, float]] = {}
    for row in rows:
        at = as_step(row.get("step"))
        # What was measured before the first step is never chosen.
        for name, found in row.items() if at else ():
            number = as_number(found)
            if str(name).startswith("eval_") and not name.endswith(SPEEDS) and number is not None:
                measured.setdefault(name, {})[at] = number  # type: ignore[index]
    same = {name: points for name, points in measured.items() if points.get(step) == value}
    if not same or "eval_loss" in same:
        return {}
    given = kept_by(state)
    name = max(same, key=lambda name: _likelihood(name, same[name], value, given["metric_for_best_model"]))
    higher = given["greater_is_better"]
    if higher is None or _short(name) != _short(given["metric_for_best_model"]):
        higher = _is_higher(name, same[name].values(), value)
    return {"metric_for_best_model": name, "greater_is_better": higher, "kept_step": step}


def _kept_step(state: Mapping[str, Any]) -> int | None:
    """The step of the best checkpoint; an older Trainer has it only in the name of the folder."""
    step = as_step(state.get("best_global_step"))
    if step is not None:
        return step
    folder = state.get("best_model_checkpoint")
    found = _CHECKPOINT.search(folder) if isinstance(folder, str) else None
    return as_step(found[1]) if found else None


def _short(name: str | None) -> str:
    return (name or "").removeprefix("eval_")


def _likelihood(name: str, points: Mapping[int, float], value: float, given: str | None) -> tuple[bool, ...]:
    """What speaks for a metric as the one that was gone by: it is named, its value is its best, its name is known."""
    return (
        _short(name) == _short(given),
        value in (max(points.values()), min(points.values())),
        better_when(name) is not None,
    )


def _is_higher(name: str, values: Iterable[float], value: float) -> bool:
    finite = [other for other in values if math.isfinite(other)] or [value]
    highest, lowest = value >= max(finite), value <= min(finite)
    return highest if highest != lowest else better_when(name) != "lower"
