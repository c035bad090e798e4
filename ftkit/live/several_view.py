"""How several runs look side by side: one chart, one table, and the same in words. Everything from outside is escaped."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Any

from ftkit.live.marks import base_line, steps_axis
from ftkit.live.palette import BEST, EVALUATION, GRID, QUIET, TRAIN
from ftkit.live.stored import stored
from ftkit.live.wording import memory

if TYPE_CHECKING:
    from ftkit.live.several import OneRun, SideBySide

NOTHING = "–"

# Okabe and Ito's colours; whoever cannot tell two of them apart goes by dashes and marks.
COLOURS = (TRAIN, EVALUATION, BEST, "#cc79a7", "#e69f00", "#56b4e9")
DASHES = ("solid", "dash", "dot", "dashdot", "longdash", "longdashdot")
MARKS = ("circle", "square", "diamond", "triangle-up", "x", "star")
STROKES = ("───", "─ ─", "···", "─·─", "━ ━", "━·━")

_HEADS = ("Technique", "Weights that train", "Seconds a step", "Peak memory", "Best {measure}", "Verdict")


def _measure(result: SideBySide) -> str:
    return next((one.measure for one in result.runs if one.points), "loss")


def _bases(result: SideBySide) -> list[float]:
    """The different lines that untouched models have; mostly one."""
    return sorted({round(one.base, 3) for one in result.runs if one.base is not None and one.points})


def figure(result: SideBySide) -> dict[str, Any]:
    """The evaluations of all runs as plotly's JSON: shown without a kernel."""
    measure = _measure(result)
    lines = [
        {
            "type": "scatter",
            "mode": "lines+markers",
            # Plotly reads some markup in names.
            "name": escape(one.label, quote=False),
            "x": [step for step, _ in one.points],
            "y": [float(f"{value:.5g}") for _, value in one.points],
            "line": {
                "color": COLOURS[index % len(COLOURS)],
                "dash": DASHES[index % len(DASHES)],
                "width": 2.5,
            },
            "marker": {"symbol": MARKS[index % len(MARKS)], "size": 8},
            "hovertemplate": f"{escape(one.label, quote=False)} %{{y:.3f}}<extra></extra>",
        }
        for index, one in enumerate(result.runs)
        if one.points
    ]
    grid = {"gridcolor": GRID, "zeroline": False, "linecolor": GRID, "automargin": True}
    last = max((one.points[-1][0] for one in result.runs if one.points), default=1)
    marked = [base_line(base) for base in _bases(result)]
    layout = {
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "font": {"color": QUIET, "size": 12},
        "height": 440,
        "margin": {"l": 60, "r": max([16, *(room for _, _, room in marked)]), "t": 60, "b": 44},
        "hovermode": "x unified",
        "hoverlabel": {"bgcolor": "#3a3a3a", "bordercolor": "#3a3a3a", "font": {"color": "#ffffff"}},
        "legend": {"orientation": "h", "x": 0, "y": 1.02, "yanchor": "bottom"},
        "showlegend": True,
        "xaxis": {**grid, **steps_axis(last)},
        "yaxis": {**grid, "title": {"text": f"evaluation {measure}"}},
        "shapes": [line for line, _, _ in marked],
        "annotations": [label for _, label, _ in marked],
    }
    return stored(lines, layout)


def weights(one: OneRun) -> str:
    """How many weights train, and which share that is."""
    if one.trainable is None or not one.parameters:
        return NOTHING
    share = 100 * one.trainable / one.parameters
    shown = "100" if one.trainable == one.parameters else f"{share:.2g}" if share < 10 else f"{share:.0f}"
    return f"{one.trainable:,} ({shown} %)"


def cells(one: OneRun) -> tuple[str, ...]:
    """The row of the table, as texts, in the order of its heads."""
    return (
        one.label,
        weights(one),
        NOTHING if one.seconds_a_step is None else f"{one.seconds_a_step:.2g}",
        NOTHING if one.memory is None else memory(one.memory),
        NOTHING if one.best is None else f"{one.best[1]:.3f} at step {one.best[0]}",
        one.verdict,
    )


def table(result: SideBySide) -> str:
    """The table as HTML: heads for rows and columns, a name, no script. What is too wide for the window scrolls."""
    heads = "".join(
        f'<th scope="col" style="text-align:left;padding:6px 8px 6px 4px">{name.format(measure=_measure(result))}</th>'
        for name in _HEADS
    )
    rows = "".join(_row(index, one) for index, one in enumerate(result.runs))
    notes = "".join(f"<p><b>Note:</b> {escape(note)}</p>" for note in result.notes)
    return (
        # Not a caption, which is as wide as its table and would be cut with it.
        f"<p>{escape(_caption(result))}</p>"
        f'<div style="overflow-x:auto" role="region" aria-label="Table of the runs" tabindex="0">'
        f'<table aria-label="The runs side by side" style="border-collapse:collapse;text-align:left">'
        f"<thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table></div>{notes}"
    )


def _row(index: int, one: OneRun) -> str:
    colour, stroke = COLOURS[index % len(COLOURS)], STROKES[index % len(STROKES)]
    first, *rest = cells(one)
    key = (
        f'<span aria-hidden="true" style="color:{colour};font-weight:bold">{stroke}</span> '
        if one.points
        else ""
    )
    data = "".join(
        f'<td style="text-align:left;padding:6px 8px 6px 4px;vertical-align:top">{escape(text)}</td>'
        for text in rest
    )
    head = f'<th scope="row" style="text-align:left;padding:6px 8px 6px 4px;vertical-align:top">{key}{escape(first)}</th>'
    return f"<tr>{head}{data}</tr>"


def _caption(result: SideBySide) -> str:
    bases = _bases(result)
    base = f" The base model had {bases[0]:.3f} before training." if len(bases) == 1 else ""
    better = "Higher is better" if _measure(result) == "reward" else "Lower is better"
    count = len(result.runs)
    return f"{count} run{'s' if count > 1 else ''} side by side. {better}.{base}"


def in_words(result: SideBySide) -> str:
    """The same as lines of text, for terminals, and for people who do not see the chart."""
    heads = [name.format(measure=_measure(result)).lower() for name in _HEADS[1:]]
    lines = [_caption(result)]
    for one in result.runs:
        first, *rest = cells(one)
        said = ", ".join(f"{head}: {text}" for head, text in zip(heads, rest, strict=True) if text != NOTHING)
        lines.append(f"{first}. {said.rstrip('.')}.")
    return "\n".join([*lines, *(f"Note: {note}" for note in result.notes)])
