"""The curves of what a task logs besides the loss, each with the sentence on how to read it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ftkit.live.figure import curve, thinned
from ftkit.live.marks import steps_axis
from ftkit.live.palette import EVALUATION, GRID, TRAIN
from ftkit.runfolder import History
from ftkit.tasks import Metric

MOST = {"train": 300, "eval": 200}
"""Points of a curve at most; only one metric is drawn at a time."""

GRADIENT_NOTE = (
    "The gradient norm says how hard each step pulls at the weights. It jumps from step to step, and that does no "
    "harm. Where it grows and stays high, or a spike is many times the usual size, the learning rate may be too high."
)
BETTER = {"higher": "Higher is better.", "lower": "Lower is better.", "": ""}


@dataclass(frozen=True)
class Panel:
    """One metric that was logged.

    Attributes
    ----------
    label
        Its name.
    note
        How to read it.
    picture
        The curve in a sentence, for people who do not see it.
    traces
        Plotly traces whose ``x`` and ``y`` are float64 arrays.
    """

    label: str
    note: str
    picture: str
    traces: list[dict[str, Any]]


def panels(history: History, metrics: Sequence[Metric]) -> list[Panel]:
    """Those metrics of which anything was logged, in the task's order; not what the chart shows by itself."""
    found = []
    for metric in metrics:
        if metric.key == history.measure.name:
            continue  # the chart itself shows it
        training, evaluation = history.metric(metric.key)
        traces = [
            {
                **curve(thinned(training, MOST["train"]), "in training", "%{y:.3g}"),
                "mode": "lines",
                "line": {"color": TRAIN, "width": 1.5},
            },
            {
                **curve(thinned(evaluation, MOST["eval"]), "in evaluations", "%{y:.3g}"),
                "mode": "lines+markers",
                "line": {"color": EVALUATION, "width": 2.5},
                "marker": {"size": 6},
            },
        ]
        traces = [trace for trace in traces if len(trace["x"])]
        if traces:
            note = f"{metric.reading} {BETTER[metric.better]}".strip()
            found.append(Panel(metric.label, note, _picture(metric, training, evaluation), traces))
    return found


def gradients(history: History) -> list[Panel]:
    """How hard each step pulls at the weights; empty where it was not logged."""
    norm = Metric("grad_norm", "gradient norm", GRADIENT_NOTE)
    return panels(history, [norm])


def metric_layout(panel: Panel, last: int) -> dict[str, Any]:
    """The axes of one metric, as far as they differ from the losses'. All texts in it are ours."""
    grid = {"gridcolor": GRID, "zeroline": False, "linecolor": GRID, "automargin": True}
    return {
        "xaxis": {**grid, **steps_axis(max(last, 1))},
        "yaxis": {**grid, "title": {"text": panel.label}},
    }


def _picture(
    metric: Metric, training: Sequence[tuple[int, float]], evaluation: Sequence[tuple[int, float]]
) -> str:
    parts = [
        f"{name} from {points[0][1]:.3g} to {points[-1][1]:.3g}"
        for name, points in (("in training", training), ("in evaluations", evaluation))
        if points
    ]
    return f"Chart of {metric.label}: {', '.join(parts)}."
