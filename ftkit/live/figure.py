"""The picture of a run: one description for the live chart and for the one that stays in the notebook.

Backgrounds are transparent, so that the stored picture is right on white and on black.
"""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ftkit.diagnosis import AgainstBest, Diagnosis, against_best
from ftkit.live.before import Earlier
from ftkit.live.marks import base_line, steps_axis
from ftkit.live.palette import BAND, BEST, EVALUATION, GRID, QUIET, RATE, TRAIN
from ftkit.runfolder import History

# At most 2,000 points in all; curves with more are thinned evenly, the last point stays.
_MOST = {"train": 900, "eval": 500, "before": 200, "learning_rate": 300}
MOST_OF_BAND = 150
NAMES = 80
"""Pixels above a picture for the names of its curves, in three lines. They take as many as the width of the window asks for,
so that nothing else can have a place there; plotly makes room for more, and forgets to take it back where a narrow window
gets wide: then the names lie on the curves."""

STANDOFF = 8
"""Pixels between an axis' numbers and its name."""

MEASURED = "%{y:.3f} at step %{x}"
"""What is measured now and then is shown under the pointer with its step: the nearest one may be some steps away."""

CHANCE = "within chance (95 %)"
SLICE = "loss on training examples"

Points = Sequence[tuple[int, float]]
Floats = NDArray[np.float64]


def thinned(points: Points, most: int) -> tuple[Floats, Floats]:
    """Steps and values of at most `most` points; values that are no finite number become NaN (a gap)."""
    if len(points) > most:
        stride = -(-len(points) // (most - 1))
        points = [*points[::stride], *([points[-1]] if (len(points) - 1) % stride else [])]
    steps = np.array([step for step, _ in points], dtype=np.float64)
    values = np.array([value for _, value in points], dtype=np.float64)
    values[~np.isfinite(values)] = np.nan
    return steps, values


def best_point(history: History) -> tuple[int, float] | None:
    """Step and value of the best evaluation, whose checkpoint is kept; ``None`` before the first."""
    return history.measure.best


def traces(
    history: History, chances: Sequence[AgainstBest] | None = None, before: Earlier | None = None
) -> list[dict[str, Any]]:
    """The curves that have points, as plotly traces whose ``x`` and ``y`` are float64 arrays.

    ``meta`` says what a curve is, so that the live chart can leave it out or draw it otherwise: ``train``, ``slice``
    (the loss of some training examples, measured as the evaluation is), ``band``, ``before``, ``best``, ``rate``.

    Parameters
    ----------
    chances
        The evaluations against the best one, where the caller has them already.
    before
        The run that this one is held against.
    """
    chances = against_best(history) if chances is None else chances
    best, measure = best_point(history), history.measure
    curves: list[dict[str, Any]] = [
        {
            **curve(band(history, chances), CHANCE, ""),
            "mode": "lines",
            "line": {"width": 0},
            "fill": "toself",
            "fillcolor": BAND,
            "hoverinfo": "skip",
            "meta": "band",
        },
        {
            **curve(thinned(_earlier(history, before), _MOST["before"]), "", ""),
            "name": f"evaluation of {escape(before.run)}" if before else "",
            "hovertemplate": f"{escape(before.run)} {MEASURED}<extra></extra>" if before else "",
            "mode": "lines+markers",
            "line": {"color": QUIET, "width": 1.2},
            "marker": {"size": 6, "symbol": "circle-open"},
            "meta": "before",
        },
        {
            **curve(thinned(measure.train, _MOST["train"]), f"training {measure.name}", "%{y:.3f}"),
            "mode": "lines",
            "line": {"color": TRAIN, "width": 1.5},
            "meta": "train",
        },
        {
            **curve(thinned(_slice(history), _MOST["eval"]), SLICE, MEASURED),
            "mode": "lines+markers",
            "line": {"color": TRAIN, "width": 2.5, "dash": "dash"},
            "marker": {"size": 6, "symbol": "square"},
            "meta": "slice",
        },
        {
            **curve(thinned(measure.eval, _MOST["eval"]), f"evaluation {measure.name}", MEASURED),
            "mode": "lines+markers",
            "line": {"color": EVALUATION, "width": 2.5},
            "marker": {"size": 6},
        },
        {
            # Its words stand among the names of the curves: wherever in the field they stood, a curve might run.
            **curve(thinned([best] if best else [], 1), "best evaluation", "%{y:.3f}"),
            "name": _of_best(history),
            "mode": "markers",
            "marker": {"symbol": "star", "size": 15, "color": BEST, "line": {"color": "#ffffff", "width": 1}},
            "meta": "best",
        },
        {
            **curve(thinned(history.learning_rate, _MOST["learning_rate"]), "learning rate", "%{y:.2e}"),
            "mode": "lines",
            "line": {"color": RATE, "width": 1.5},
            "yaxis": "y2",
            "meta": "rate",
        },
    ]
    return [curve for curve in curves if len(curve["x"])]


def band(history: History, chances: Sequence[AgainstBest]) -> tuple[Floats, Floats]:
    """The outline of how far chance may have moved each evaluation against the best: there and back again.

    It lies around the curve as the trainer logged it, which may weigh the examples otherwise than per token.
    """
    shown = {} if history.rewarded else dict(history.eval)
    inside = [one for one in chances if np.isfinite(shown.get(one.step, np.nan))]
    inside = inside[:: -(-len(inside) // MOST_OF_BAND) or 1]
    steps = np.array([one.step for one in inside], dtype=np.float64)
    low = np.array([shown[one.step] + one.low - one.value for one in inside], dtype=np.float64)
    high = np.array([shown[one.step] + one.high - one.value for one in inside], dtype=np.float64)
    return np.concatenate([steps, steps[::-1]]), np.concatenate([high, low[::-1]])


def _of_best(history: History) -> str:
    measure = history.measure
    if measure.best is None:
        return ""
    by = f" by {escape(measure.kept.metric)}" if measure.kept is not None else ""
    step, value = measure.best
    return f"best{by}: {value:.3f} at step {step}"


def _earlier(history: History, before: Earlier | None) -> Points:
    """What is drawn of the run before: the whole of it, as what matters may come after this run's last step."""
    return [] if before is None or history.rewarded else before.points


def _slice(history: History) -> Points:
    return [] if history.rewarded else history.train_slice


def curve(points: tuple[Floats, Floats], name: str, shape: str) -> dict[str, Any]:
    """A plotly trace; `shape` is how its values are shown under the pointer."""
    return {
        "type": "scatter",
        "name": name,
        "x": points[0],
        "y": points[1],
        "hovertemplate": f"{name} {shape}<extra></extra>",
    }


def layout(
    history: History,
    diagnosis: Diagnosis | None = None,
    total_steps: int | None = None,
    before: Earlier | None = None,
) -> dict[str, Any]:
    """Axes, the line of the base, the marks. All texts in it are ours or numbers: plotly reads some markup."""
    last = max(total_steps or 0, history.last_step, *(step for step, _ in _earlier(history, before)), 1)
    measure = history.measure
    base = measure.base
    shapes: list[dict[str, Any]] = []
    annotations: list[dict[str, Any]] = []
    common = frame()
    if base is not None:
        line, label, room = base_line(base)
        shapes.append(line)
        annotations.append(label)
        common["margin"]["r"] = room
    if diagnosis is not None and diagnosis.verdict == "overfitting" and diagnosis.best_step is not None:
        shapes.append(
            {
                "type": "rect",
                "layer": "below",
                "yref": "y domain",
                "x0": diagnosis.best_step,
                "x1": history.last_step,
                "y0": 0,
                "y1": 1,
                "line": {"width": 0},
                "fillcolor": "rgba(230,159,0,0.16)",
            }
        )
    grid = {"gridcolor": GRID, "zeroline": False, "linecolor": GRID, "automargin": True}
    axes: dict[str, Any] = {
        "xaxis": {**grid, **steps_axis(last)},
        "yaxis": {**grid, "title": {"text": measure.name, "standoff": STANDOFF}},
    }
    if not measure.train and not measure.eval:
        # Numbers without a curve would only make people wonder what they measure.
        axes["yaxis"] |= {"range": [0, 1], "showticklabels": False}
    # An axis without a curve is drawn at NaN.
    if history.learning_rate:
        # Plotly makes room for a title beside its numbers only where the distance between them is said.
        rate = {
            "title": {"text": "rate", "standoff": STANDOFF},
            "domain": [0, 0.16],
            "nticks": 3,
            "rangemode": "tozero",
        }
        axes["xaxis"]["anchor"] = "y2"
        axes["yaxis"]["domain"] = [0.27, 1]
        axes["yaxis2"] = {**grid, **rate, "exponentformat": "e"}
    return {**common, **axes, "shapes": shapes, "annotations": annotations}


def frame() -> dict[str, Any]:
    """What all these pictures have in common."""
    return {
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "font": {"color": QUIET, "size": 12},
        "height": 420,
        "margin": {"l": 60, "r": 16, "t": NAMES, "b": 44},
        "hovermode": "x unified",
        "hoverlabel": {"bgcolor": "#3a3a3a", "bordercolor": "#3a3a3a", "font": {"color": "#ffffff"}},
        "legend": {"orientation": "h", "x": 0, "y": 1.02, "yanchor": "bottom", "font": {"size": 11}},
    }


def short(value: float) -> float | None:
    """Five digits, which is more than the eye sees; JSON has no NaN, so a gap is ``None``."""
    return float(f"{value:.5g}") if np.isfinite(value) else None
