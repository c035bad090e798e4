"""What the tests see of a panel, and how they press its buttons."""

from __future__ import annotations

from collections.abc import Iterator
from html import unescape
from typing import Any

import ipywidgets as widgets

from ftkit.runfolder import RunFolder
from ftkit.wizards.panel import Panel


def every(widget: widgets.Widget) -> Iterator[widgets.Widget]:
    yield widget
    for child in getattr(widget, "children", ()):
        yield from every(child)


def text_of(panel: Panel) -> str:
    hidden = {
        id(inner)
        for one in every(panel.widget)
        if one.layout is not None and one.layout.display == "none"
        for inner in every(one)
    }
    seen = [one for one in every(panel.widget) if isinstance(one, widgets.HTML) and id(one) not in hidden]
    shown = [one.value for one in seen]
    return unescape(" ".join(shown))


def control(panel: Panel, label: str) -> Any:
    return next(one for one in every(panel.widget) if getattr(one, "description", None) == label)


def press(panel: Panel, label: str) -> None:
    control(panel, label).click()


def notices(panel: Panel) -> dict[str, str]:
    return {notice.key: unescape(notice.body) for notice in panel.board.notices}


def finished(run: str) -> None:
    """A run of this name, trained by somebody before."""
    RunFolder(run).path.mkdir(parents=True, exist_ok=True)
    (RunFolder(run).path / "state.json").write_text('{"state": "finished", "why": "", "attempt": 1}')
