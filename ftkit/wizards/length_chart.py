"""How long the examples are, as a small still Plotly histogram with the line of the longest one allowed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import ipywidgets as widgets

from ftkit.live.palette import EVALUATION, GRID, QUIET, TRAIN
from ftkit.live.stored import PLOTLY_MIME, stored

if TYPE_CHECKING:
    from ftkit.data import TokenStatistics

HEIGHT = 230
APART = 4
"""So many times as wide as the others the last bar has to be."""


@dataclass(frozen=True)
class _Axis:
    """Where bars and the line stand: a last bar that is many times as wide as the others is drawn apart, as narrow as they are."""

    edge: float
    wide: float
    apart: bool

    def line(self, limit: int) -> float:
        """Where the line of a limit stands: behind the longest one allowed, or before the bar that stands apart."""
        return limit + 0.5 if not self.apart or limit < self.edge else self.edge + self.wide


def _axis(tokens: TokenStatistics) -> _Axis:
    bins = tokens.histogram
    wide = max((stop - start for start, stop, _ in bins[:-1]), default=1)
    start, stop, _ = bins[-1] if bins else (tokens.min, tokens.max + 1, 0)
    apart = len(bins) > 1 and stop - start > APART * wide
    filled = [stop for _, stop, rows in bins[:-1] if rows]
    return _Axis(max(filled, default=start) if apart else stop, wide, apart)


def _bars(tokens: TokenStatistics, axis: _Axis) -> list[dict[str, Any]]:
    """The used and the lost examples as two traces."""
    over, limit = _lost(tokens), tokens.max_length
    names = (("used", TRAIN), ("too long", EVALUATION))
    traces: list[dict[str, Any]] = [
        {"type": "bar", "name": name, "marker": {"color": colour}, "x": [], "y": [], "width": [], "text": []}
        for name, colour in names
    ]
    for number, (start, stop, rows) in enumerate(tokens.histogram, 1):
        last = axis.apart and number == len(tokens.histogram)
        if not rows:
            continue
        lost = limit is not None and (start > limit or (last and over >= rows))
        bars = traces[lost]
        bars["x"].append(axis.edge + 2.5 * axis.wide if last else (start + stop - 1) / 2)
        bars["y"].append(rows)
        bars["width"].append((axis.wide if last else stop - start) * 0.92)
        bars["text"].append(f"{start:,} to {stop - 1:,}" if stop - start > 1 else f"{start:,}")
    hover = "%{text} tokens: %{y:,} examples<extra></extra>"
    return [{**trace, "textposition": "none", "hovertemplate": hover} for trace in traces if trace["x"]]


def _ticks(tokens: TokenStatistics, axis: _Axis) -> dict[str, Any]:
    """Plotly's own marks, unless the last bar stands apart: then ours, with what that bar holds."""
    if not axis.apart:
        return {}
    rough = max(1.0, axis.edge / 5)
    step = next(size * 10**power for power in range(9) for size in (1, 2, 5, 10) if size * 10**power >= rough)
    # The words under the last bar take up to a fifth of the width in a narrow window.
    free = axis.edge + 2.5 * axis.wide - (axis.edge + 4 * axis.wide) / 5
    values = [value for value in range(0, int(axis.edge) + 1, step) if value < free]
    return {
        "tickvals": [*values, axis.edge + 2.5 * axis.wide],
        "ticktext": [*(f"{value:,}" for value in values), f"up to {tokens.max:,}"],
    }


def length_figure(tokens: TokenStatistics) -> dict[str, Any]:
    """The histogram as plotly's JSON. All texts in it are ours or numbers: plotly reads some markup."""
    limit, axis = tokens.max_length, _axis(tokens)
    # A limit far beyond the longest example would press all bars against the left edge.
    line = limit if limit is not None and limit <= 2 * max(tokens.max, 1) else None
    right = axis.edge + 4 * axis.wide if axis.apart else max(axis.edge, line or 0)
    grid = {"gridcolor": GRID, "zeroline": False, "linecolor": GRID, "automargin": True, "fixedrange": True}
    layout: dict[str, Any] = {
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "font": {"color": QUIET, "size": 12},
        "height": HEIGHT,
        "margin": {"l": 56, "r": 16, "t": 30, "b": 44},
        "bargap": 0,
        # What stands beyond the line is lost, and the line says so.
        "showlegend": False,
        "xaxis": {
            **grid,
            "title": {"text": "tokens in one example"},
            "range": [max(0, tokens.min - 0.04 * right), right * 1.04],
            **_ticks(tokens, axis),
        },
        "yaxis": {**grid, "title": {"text": "examples"}, "rangemode": "tozero", "tickformat": ",d"},
    }
    if line is not None:
        place = axis.line(line)
        label = f"longest allowed: {line:,}"
        if tokens.share_over_limit:
            label += f" · {_lost(tokens):,} ({_share(tokens.share_over_limit)}) lost"
        style = {"color": EVALUATION, "width": 2, "dash": "dash"}
        ends = {"x0": place, "x1": place, "yref": "paper", "y0": 0, "y1": 1}
        layout["shapes"] = [{"type": "line", **ends, "line": style}]
        side = "right" if place > right / 2 else "left"
        layout["annotations"] = [
            {
                "text": label,
                "x": place,
                "yref": "paper",
                "y": 1,
                "yanchor": "bottom",
                "xanchor": side,
                "showarrow": False,
                "font": {"color": QUIET, "size": 12},
            }
        ]
    return stored(_bars(tokens, axis), layout)


def lengths_in_words(tokens: TokenStatistics, long: str = "left out") -> str:
    """The same as a sentence, for those who do not see the picture and for those who need no more.

    Parameters
    ----------
    long
        What becomes of rows that are too long, as a form's ``LONG``.
    """
    learned = (
        f"{_share(tokens.trained_on_share)} of all tokens are learned from"
        if tokens.trained_on_share
        else "they are read, and none of their tokens is learned to be written"
    )
    sentence = f"Half of them have at most {tokens.p50:,} tokens, the longest has {tokens.max:,}; {learned}."
    if tokens.max_length is None:
        return sentence
    if tokens.share_over_limit:
        lost = _lost(tokens)
        verbs = "is longer than {}, and is" if lost == 1 else "are longer than {}, and are"
        return (
            f"{sentence} {lost:,} of {_rows(tokens):,} examples ({_share(tokens.share_over_limit)}) "
            f"{verbs.format(f'the {tokens.max_length:,} tokens allowed')} {long}."
        )
    return f"{sentence} All fit into the {tokens.max_length:,} tokens allowed."


def _rows(tokens: TokenStatistics) -> int:
    return sum(rows for _, _, rows in tokens.histogram)


def _lost(tokens: TokenStatistics) -> int:
    """How many examples are too long."""
    return round(tokens.share_over_limit * _rows(tokens))


def _share(share: float) -> str:
    if 0 < share < 0.01:
        return "less than 1 %"
    if 0.99 < share < 1:
        return "more than 99 %"
    return f"{share:.0%}".replace("%", " %")


class LengthChart:
    """The picture on the page. An output that nothing ever prints into: it only holds the figure."""

    def __init__(self) -> None:
        self.widget = widgets.Output()
        self.widget.add_class("ftkit-lengths")
        self._shown: Any = None

    def show(self, tokens: TokenStatistics | None) -> None:
        """Draw these lengths; nothing where there are none."""
        if tokens == self._shown:
            return
        self._shown = tokens
        if tokens is None:
            self.widget.outputs = ()
            return
        bundle = {PLOTLY_MIME: length_figure(tokens), "text/plain": lengths_in_words(tokens)}
        self.widget.outputs = ({"output_type": "display_data", "data": bundle, "metadata": {}},)
