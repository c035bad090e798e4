"""The picture of a learning-rate range test: loss against rate, the proposal marked."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from typing import Any

from ftkit.live.palette import BEST, EVALUATION, GRID, QUIET, TRAIN
from ftkit.live.stored import stored

WORDS = 100
"""Letters a line of the sentence above the picture."""


def range_figure(
    rates: Sequence[float],
    losses: Sequence[float],
    smooth: Sequence[float],
    proposed: float | None,
    sentence: str,
) -> dict[str, Any]:
    """The figure as plotly's JSON.

    Parameters
    ----------
    smooth
        The losses with less noise, as many.
    sentence
        What was found; stands above the curves.
    """
    hover = "rate %{x:.1e}: loss %{y:.3f}<extra></extra>"
    x = [float(f"{rate:.4g}") for rate in rates]
    measured = {"mode": "markers", "marker": {"size": 5, "color": TRAIN, "opacity": 0.5}}
    data: list[dict[str, Any]] = [
        {
            "type": "scatter",
            "name": "loss of each batch",
            "x": x,
            "y": _short(losses),
            "hovertemplate": hover,
            **measured,
        },
        {
            "type": "scatter",
            "name": "smoothed",
            "x": x,
            "y": _short(smooth),
            "mode": "lines",
            "line": {"color": EVALUATION, "width": 2.5},
            "hovertemplate": hover,
        },
    ]
    grid = {"gridcolor": GRID, "zeroline": False, "linecolor": GRID, "automargin": True}
    lines = textwrap.wrap(sentence, WORDS)
    layout: dict[str, Any] = {
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "font": {"color": QUIET, "size": 12},
        "height": 360,
        "margin": {"l": 60, "r": 16, "t": 46 + 17 * len(lines), "b": 48},
        "title": {
            "text": "<br>".join(lines),
            "x": 0,
            "xanchor": "left",
            "y": 0.97,
            "yanchor": "top",
            "font": {"size": 13},
        },
        "legend": {"orientation": "h", "x": 0, "y": 1.02, "yanchor": "bottom"},
        "xaxis": {
            **grid,
            "type": "log",
            "title": {"text": "learning rate"},
            "exponentformat": "e",
            "dtick": 1,
        },
        "yaxis": {**grid, "title": {"text": "training loss"}, **_heights(smooth)},
    }
    if proposed:
        line = {"color": BEST, "width": 2, "dash": "dash"}
        layout["shapes"] = [
            {"type": "line", "x0": proposed, "x1": proposed, "yref": "paper", "y0": 0, "y1": 1, "line": line}
        ]
        data.append(
            {
                "type": "scatter",
                "name": f"proposed: {proposed:g}",
                "x": [proposed],
                "y": [None],
                "mode": "lines",
                "line": line,
            }
        )
    return stored(data, layout)


def _heights(smooth: Sequence[float]) -> dict[str, Any]:
    """A range that shows the fall: the explosion at the end may leave the picture."""
    if not smooth:
        return {}
    low, first = min(smooth), smooth[0]
    room = max(first - low, 0.02 * abs(first))
    return {"range": [low - 0.3 * room, first + 1.2 * room]}


def _short(values: Sequence[float]) -> list[float]:
    return [float(f"{value:.5g}") for value in values]
