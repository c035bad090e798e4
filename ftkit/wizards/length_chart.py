"""How long the examples are, as a small still Plotly histogram with the line of the longest one allowed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import ipywidgets as widgets

from ftkit.live.figure import EVALUATION, GRID, QUIET, TRAIN
from ftkit.live.view import PLOTLY_MIME

if TYPE_CHECKING:
    from ftkit.data import TokenStatistics

HEIGHT = 230


def length_figure(tokens: TokenStatistics) -> dict[str, Any]:
    """The histogram as plotly's JSON. All texts in it are ours or numbers: plotly reads some markup."""
    limit = tokens.max_length
    fits: dict[str, list[Any]] = {"x": [], "y": [], "width": [], "text": []}
    lost: dict[str, list[Any]] = {"x": [], "y": [], "width": [], "text": []}
    for start, stop, rows in tokens.histogram:
        bars = lost if limit is not None and start > limit else fits
        bars["x"].append((start + stop - 1) / 2)
        bars["y"].append(rows)
        bars["width"].append((stop - start) * 0.92)
        bars["text"].append(f"{start:,}–{stop - 1:,}" if stop - start > 1 else f"{start:,}")
    hover = "%{text} tokens: %{y:,} examples<extra></extra>"
    data = [
        {
            "type": "bar",
            "name": name,
            "marker": {"color": colour},
            "textposition": "none",
            "hovertemplate": hover,
            **bars,
        }
        for name, colour, bars in (("used", TRAIN, fits), ("too long", EVALUATION, lost))
        if bars["x"]
    ]
    last = tokens.histogram[-1][1] if tokens.histogram else tokens.max
    # A limit far beyond the longest example would press all bars against the left edge.
    line = limit if limit is not None and limit <= 2 * max(last, 1) else None
    right = max(last, line or 0)
    grid = {"gridcolor": GRID, "zeroline": False, "linecolor": GRID, "automargin": True}
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
            "range": [max(0, tokens.min - 0.04 * right), right * 1.06],
            "fixedrange": True,
        },
        "yaxis": {
            **grid,
            "title": {"text": "examples"},
            "rangemode": "tozero",
            "fixedrange": True,
            "tickformat": ",d",
        },
    }
    if line is not None:
        label = f"longest allowed: {line:,}"
        if tokens.share_over_limit:
            label += f" · {_share(tokens.share_over_limit)} lost"
        layout["shapes"] = [
            {
                "type": "line",
                "x0": line + 0.5,
                "x1": line + 0.5,
                "yref": "paper",
                "y0": 0,
                "y1": 1,
                "line": {"color": EVALUATION, "width": 2, "dash": "dash"},
            }
        ]
        layout["annotations"] = [
            {
                "text": label,
                "x": line,
                "yref": "paper",
                "y": 1,
                "yanchor": "bottom",
                "xanchor": "right" if line > right / 2 else "left",
                "showarrow": False,
                "font": {"color": QUIET, "size": 12},
            }
        ]
    return {
        "data": data,
        "layout": layout,
        "config": {"displaylogo": False, "responsive": True, "displayModeBar": False},
    }


def lengths_in_words(tokens: TokenStatistics) -> str:
    """The same as a sentence, for those who do not see the picture and for those who need no more."""
    sentence = (
        f"Half of them have at most {tokens.p50:,} tokens, the longest has {tokens.max:,}; "
        f"{_share(tokens.trained_on_share)} of all tokens are learned from."
    )
    if tokens.max_length is None:
        return sentence
    if tokens.share_over_limit:
        share = _share(tokens.share_over_limit)
        return f"{sentence} {share[:1].upper()}{share[1:]} are longer than the {tokens.max_length:,} tokens allowed, and are left out."
    return f"{sentence} All fit into the {tokens.max_length:,} tokens allowed."


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
