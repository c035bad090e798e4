"""The picture that stays in the notebook: the losses, and a choice of what else the task logged."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from html import escape
from typing import Any

from ftkit.diagnosis import Diagnosis
from ftkit.live.before import Earlier
from ftkit.live.figure import layout, short, traces
from ftkit.live.marks import steps_axis
from ftkit.live.metrics import Panel, panels
from ftkit.live.palette import QUIET
from ftkit.live.stored import stored
from ftkit.live.wording import LOSS_NOTE, how_to_read
from ftkit.runfolder import History
from ftkit.tasks import Metric

WORDS = 50
"""Letters in a line of the sentences below the picture: what a window of 800 pixels has room for beside the list of files."""

TITLE_OF_AXIS, BUTTONS, LINE = 50, 39, 15
"""Pixels that stand below the picture one after the other: words of the axis, buttons, each line of the sentences."""

CURVES_LOWER = 26
"""Pixels that the curves give up for it: the verdict comes below, and is to be seen without scrolling."""

SIDE_BY_SIDE = 48
"""Letters of all names together that still stand side by side in such a window; more become a list that opens."""

# Under the pointer, and of the chosen button, plotly makes the ground white whatever we say: the letters are readable on
# that, too. A list that opens lies over other words, so it needs a ground of its own.
_ON_ANY_GROUND = {"bgcolor": "rgba(0,0,0,0)", "bordercolor": QUIET, "font": {"color": QUIET, "size": 12}}
_OVER_THE_SENTENCE = {
    "bgcolor": "#e6e6e6",
    "bordercolor": "#9a9a9a",
    "font": {"color": "#222222", "size": 12},
}


def static_figure(
    history: History,
    diagnosis: Diagnosis | None = None,
    metrics: Sequence[Metric] = (),
    loss_note: str = LOSS_NOTE,
    before: Earlier | None = None,
    run: str = "",
) -> dict[str, Any]:
    """The figure as plotly's JSON (``application/vnd.plotly.v1+json``): shown without a kernel.

    Parameters
    ----------
    metrics
        What the task logs; what was logged of it can be chosen below the picture.
    loss_note
        How to read the loss.
    before
        The run that this one is held against.
    run
        The run's name, which then stands on the picture: in a notebook it may come to lie under another cell's code.
    """
    losses, others = traces(history, before=before), panels(history, metrics)
    data = [_plain(trace) | _at_first(trace) for trace in losses]
    drawn = layout(history, diagnosis, before=before)
    if run:
        drawn["xaxis"]["title"]["text"] = f"step of {escape(run)}"
    note = how_to_read(loss_note, losses)
    if others or note != loss_note:
        drawn |= _with_sentences(drawn, [note, *(panel.note for panel in others)])
    if others:
        data += [{**_plain(trace), "visible": False} for panel in others for trace in panel.traces]
        seen = [trace.get("visible", True) for trace in data[: len(losses)]]
        # The steps of a longer run before say nothing of this one's metrics.
        steps = steps_axis(max(history.last_step, 1))["range"]
        drawn["updatemenus"] = [_choice(drawn, history.measure.name, seen, others, steps)]
    return stored(data, drawn)


def _plain(trace: dict[str, Any]) -> dict[str, Any]:
    return {**trace, "x": [int(step) for step in trace["x"]], "y": [short(value) for value in trace["y"]]}


def _at_first(trace: dict[str, Any]) -> dict[str, Any]:
    """A second training curve is for those who ask: a click on its name shows it."""
    return {"visible": "legendonly"} if trace.get("meta") == "slice" else {}


def _with_sentences(drawn: dict[str, Any], notes: Sequence[str]) -> dict[str, Any]:
    """Room below for the buttons and the longest of the notes, of which the first is shown."""
    above = _above_sentences(len(notes))
    below = above + max(len(_lines(note)) for note in notes) * LINE
    return {
        "height": drawn["height"] - CURVES_LOWER + below,
        "margin": {**drawn["margin"], "b": below},
        "annotations": [*drawn["annotations"], _sentences(notes[0], above)],
    }


def _above_sentences(notes: int) -> int:
    return TITLE_OF_AXIS + (BUTTONS if notes > 1 else 0)


def _choice(
    drawn: dict[str, Any], name: str, losses: Sequence[Any], others: Sequence[Panel], steps: Sequence[float]
) -> dict[str, Any]:
    """The buttons, each of which brings its own sentences."""
    two_axes = "yaxis2" in drawn
    domain = drawn["yaxis"].get("domain", [0, 1])
    count = sum(len(panel.traces) for panel in others)

    def button(label: str, notes: list[Any], first: int, shown: int, own: bool) -> dict[str, Any]:
        changes: dict[str, Any] = {
            "xaxis.range": drawn["xaxis"]["range"] if own else steps,
            "yaxis.title.text": label,
            "yaxis.autorange": True,
            "yaxis.domain": domain if own else [0, 1],
            "shapes": drawn["shapes"] if own else [],
            "annotations": notes,
        }
        if two_axes:
            changes |= {"yaxis2.visible": own, "xaxis.anchor": "y2" if own else "y"}
        visible = [
            *(losses if own else [False] * len(losses)),
            *(first <= at < first + shown for at in range(count)),
        ]
        return {"label": label, "method": "update", "args": [{"visible": visible}, changes]}

    buttons, first = [button(name, drawn["annotations"], 0, 0, True)], 0
    for panel in others:
        notes = [_sentences(panel.note, _above_sentences(2))]
        buttons.append(button(panel.label, notes, first, len(panel.traces), False))
        first += len(panel.traces)
    wide = sum(len(one["label"]) + 4 for one in buttons) <= SIDE_BY_SIDE
    return {
        "type": "buttons" if wide else "dropdown",
        "direction": "right" if wide else "down",
        "buttons": buttons,
        "active": 0,
        "showactive": True,
        "x": 0,
        "xanchor": "left",
        "y": 0,
        "yanchor": "top",
        "pad": {"t": TITLE_OF_AXIS},
        **(_ON_ANY_GROUND if wide else _OVER_THE_SENTENCE),
    }


def _lines(text: str) -> list[str]:
    return textwrap.wrap(text, WORDS)


def _sentences(text: str, above: int) -> dict[str, Any]:
    return {
        "text": "<br>".join(_lines(text)),
        "xref": "paper",
        "yref": "paper",
        "x": 0,
        "xanchor": "left",
        "y": 0,
        "yanchor": "top",
        "yshift": -above,
        "align": "left",
        "showarrow": False,
        "font": {"color": QUIET, "size": 11},
    }
