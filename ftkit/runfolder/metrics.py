"""The evaluation that a trainer keeps, where it chooses by another metric than the loss."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from ftkit.runfolder.figures import as_number, as_step


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


def kept_by_state(state: Mapping[str, Any], rows: Sequence[Any]) -> dict[str, Any]:
    """The same from a Trainer's state, which names no metric but its best value and the step of it."""
    value, step = as_number(state.get("best_metric")), as_step(state.get("best_global_step"))
    if value is None or step is None:
        return {}
    there = [
        row for row in rows if isinstance(row, Mapping) and row.get("step") == step and "eval_loss" in row
    ]
    same = [
        name
        for row in there
        for name, found in row.items()
        if str(name).startswith("eval_") and found == value
    ]
    if "eval_loss" in same or len(same) != 1:
        return {}
    # What was measured before the first step is never chosen.
    measured = [row for row in rows if isinstance(row, Mapping) and (as_step(row.get("step")) or 0) > 0]
    others = [as_number(row.get(same[0])) for row in measured if same[0] in row]
    return {
        "metric_for_best_model": same[0],
        "greater_is_better": value >= max((other for other in others if other is not None), default=value),
    }
