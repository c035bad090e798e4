"""The offer to try learning rates, and what came of it: beside the learning rate's field."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import ipywidgets as widgets

from ftkit.errors import FtkitError
from ftkit.runfolder import RunFolder
from ftkit.tasks import TASKS
from ftkit.wizards.markup import Html, duration, joined, tag
from ftkit.wizards.session import Session

STEPS = 60
"""Steps of a test, as :func:`ftkit.find_learning_rate` takes unless told otherwise."""

PATH = "training.learning_rate"


class RangeOffer:
    """A button that writes and runs the cell, and one that takes what it proposed.

    Parameters
    ----------
    start
        Writes the cell and runs it.
    """

    def __init__(self, session: Session, guard: Any, start: Callable[[], None]) -> None:
        self._session = session
        self._proposed: float | None = None
        self._try = widgets.Button(description="Find a learning rate")
        self._try.on_click(guard(lambda _: start()))
        self._take = widgets.Button(description="Take it")
        self._take.on_click(guard(lambda _: session.set({PATH: self._proposed})))
        self._said = widgets.HTML()
        row = widgets.HBox([self._try, self._take])
        row.add_class("ftkit-actions")
        self.widget = widgets.VBox([row, self._said])
        self.widget.add_class("ftkit-range")

    def show(self, visible: bool) -> None:
        """Take the offer off the page, or put it back."""
        # Where a task learns from rewards, its loss says nothing about the rate.
        visible = visible and TASKS[self._session.recipe.task.name].form != "prompts"
        self.widget.layout.display = None if visible else "none"

    def refresh(self) -> None:
        """Show what a test would take, and what the last one of this run proposed."""
        try:
            found = RunFolder(self._session.recipe.run).learning_rate_test()
        except FtkitError:
            found = {}  # a damaged file: a new test replaces it
        proposed = found.get("proposed")
        self._proposed = proposed if isinstance(proposed, float) and proposed > 0 else None
        taken = self._proposed is not None and self._session.recipe.get(PATH) == self._proposed
        self._take.layout.display = None if self._proposed is not None and not taken else "none"
        if self._proposed is not None:
            self._take.description = f"Take {self._proposed:g}"
        self._said.value = tag(
            "div", joined([self._told(found), self._takes()], " "), "ftkit-help ftkit-quiet"
        )

    def _told(self, found: dict[str, Any]) -> Html:
        if not found:
            return Html("")
        return tag("b", f"The last test: {found.get('reason', '')}")

    def _takes(self) -> str:
        what = "Tries rates from tiny to far too large, draws the loss, and puts everything back."
        try:
            step = self._session.step_seconds()
        except FtkitError:
            return what
        return f"{what} At most {STEPS} steps: {duration(step.value * STEPS)}."
