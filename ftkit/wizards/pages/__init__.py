"""The pages of the panel, one a file: thin views over a session.

A page states ``STEP`` (whose cell it shows), ``HEADING`` and ``LEAD`` (one plain sentence). It is made
with the session and the panel's `guard`, has ``body`` (its widgets, top to bottom) and ``refresh()``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

import ipywidgets as widgets

from ftkit.wizards.session import Session

Guard = Callable[[Callable[..., Any]], Callable[..., Any]]


class Page(Protocol):
    """What the panel needs of a page."""

    HEADING: str
    body: list[widgets.Widget]

    @property
    def LEAD(self) -> str:  # noqa: N802  (a constant on most pages)
        """One plain sentence below the heading."""

    def refresh(self) -> None:
        """Show the session as it is now."""


def page_for(step: str, session: Session, guard: Guard) -> Page:
    """The page of a step; its module is loaded when it is first looked at."""
    if step == "model":
        from ftkit.wizards.pages.model import ModelPage

        return ModelPage(session, guard)
    if step == "data":
        from ftkit.wizards.pages.data import DataPage

        return DataPage(session, guard)
    if step == "method":
        from ftkit.wizards.pages.method import MethodPage

        return MethodPage(session, guard)
    if step == "train":
        from ftkit.wizards.pages.hyperparameters import HyperparametersPage

        return HyperparametersPage(session, guard)
    from ftkit.wizards.pages.review import ReviewPage

    return ReviewPage(session, guard)
