"""What all pictures have in common that stay in a notebook and are drawn there without a kernel."""

from __future__ import annotations

from typing import Any

PLOTLY_MIME = "application/vnd.plotly.v1+json"

OURS = "ftkit"
"""In the picture's ``meta``: by this the extension knows it, and gives its letters the colour of the theme."""


def stored(data: list[dict[str, Any]], layout: dict[str, Any]) -> dict[str, Any]:
    """The picture as plotly's JSON."""
    # Not plotly's "responsive": it forgets the height where a window gets lower but no narrower, and the picture
    # is gone. JupyterLab fits the width by itself.
    config = {"displaylogo": False, "displayModeBar": False}
    return {"data": data, "layout": {**layout, "meta": OURS}, "config": config}
