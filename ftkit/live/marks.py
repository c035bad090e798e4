"""What pictures of runs share: the axis of the steps, and the line of the base."""

from __future__ import annotations

from typing import Any

from ftkit.live.palette import QUIET

SPARE = 0.03
"""How much of the steps' length stays free at either end: in a narrow window, half the star that marks the best step."""

LETTER = 7
"""Pixels that a letter is wide at most."""


def steps_axis(last: int) -> dict[str, Any]:
    """Title and range of the axis of the steps."""
    named = {"title": {"text": "step", "standoff": 8}, "unifiedhovertitle": {"text": "step %{x}"}}
    return {**named, "range": [-last * SPARE, last * (1 + SPARE)]}


def base_line(base: float) -> tuple[dict[str, Any], dict[str, Any], int]:
    """The line at what the untouched model has, its label, and the margin in pixels that this takes.

    The label stands at the line's right end, outside the field: wherever in it, a curve may run.
    """
    lines = ["base", "model", f"{base:.3f}"]
    line = {"color": QUIET, "width": 1.5, "dash": "dash"}
    shape = {"type": "line", "xref": "paper", "x0": 0, "x1": 1, "y0": base, "y1": base, "line": line}
    label = {
        "text": "<br>".join(lines),
        "xref": "paper",
        "x": 1,
        "xanchor": "left",
        "xshift": 3,
        "y": base,
        "align": "left",
        "showarrow": False,
    }
    return shape, label, 10 + LETTER * max(map(len, lines))
