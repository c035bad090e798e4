"""What the person sees of a run: the live chart, the picture that stays, the verdict with its buttons."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ftkit.live.picture import static_figure
from ftkit.live.several import SideBySide, side_by_side
from ftkit.live.view import LiveView

if TYPE_CHECKING:
    from ftkit.live.guessing import guess
    from ftkit.live.verdict import DiagnosisView, diagnosis_bundle, diagnosis_html

__all__ = [
    "DiagnosisView",
    "LiveView",
    "SideBySide",
    "diagnosis_bundle",
    "diagnosis_html",
    "guess",
    "side_by_side",
    "static_figure",
]


def __getattr__(name: str) -> Any:
    # ipywidgets is for notebooks only: a run from the terminal shows no widget.
    if name == "guess":
        from ftkit.live.guessing import guess

        return guess
    if name not in ("DiagnosisView", "diagnosis_bundle", "diagnosis_html"):
        raise AttributeError(f"module 'ftkit.live' has no attribute {name!r}")
    from ftkit.live import verdict

    return getattr(verdict, name)
