"""What a page is told, unasked, about a cell that takes its time. Nobody answers.

The other side is ``labextension/src/panel.ts`` and ``midway.ts``, for pages that were loaded in the middle of it.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from typing import Any

TARGET = "ftkit"
TRAINING_PAUSE = 0.5
"""Seconds between two messages about the same run."""


class Page:
    """The page that has the notebook open; :attr:`Bridge.page <ftkit.notebook.bridge.Bridge>`. To be used from any thread.

    Parameters
    ----------
    send
        Sends a message; does nothing outside a kernel.
    """

    def __init__(self, send: Callable[[dict[str, Any]], None]) -> None:
        self._send = send
        self._lock = threading.Lock()
        self._told: tuple[str, float] = ("", 0.0)
        self._works: tuple[str, float] = ("", 0.0)

    def _tell(self, event: str, **content: Any) -> None:
        self._send({"kind": "event", "event": event, "target": TARGET, **content})

    def training(
        self,
        run: str,
        active: bool,
        eta_seconds: float | None = None,
        text: str = "",
        cell: str | None = None,
    ) -> None:
        """Tell it that a run trains, or has ended. Cheap; may be called at every step.

        Meanwhile the page shuts the wizards of this notebook, so that no click is carried out late.

        Parameters
        ----------
        eta_seconds
            Seconds left, where known.
        text
            What the banner says; "training, about 2 min left" where empty.
        cell
            Id of the cell that trains. None where it is none: what it shows is then put nowhere after a reload.
        """
        with self._lock:
            now = time.monotonic()
            if active and self._told[0] == run and now - self._told[1] < TRAINING_PAUSE:
                return
            self._told = (run if active else "", now)
            self._tell("training", run=run, cell=cell, active=active, eta=eta_seconds, text=text)

    def working(self, cell: str) -> None:
        """Tell it that something in a cell takes its time: what it shows at last finds the way there after a reload, too.

        Cheap; may be called as often as there is something to say.
        """
        with self._lock:
            now = time.monotonic()
            if self._works[0] == cell and now - self._works[1] < TRAINING_PAUSE:
                return
            self._works = (cell, now)
            self._tell("working", cell=cell)

    def picture(
        self, run: str, display_id: str, bundle: Mapping[str, Any], says: str, announced: str = ""
    ) -> None:
        """Send a picture of how a run stands to a page that was loaded while its cell ran.

        Such a page cannot take up a widget before the cell ends; others take no notice of this.

        Parameters
        ----------
        display_id
            Of the output that the picture stands for, and that takes its place at the end.
        bundle
            The picture, by MIME type.
        says
            What the verdict is so far.
        announced
            What a screen reader says of it when that changes; `says` may change with every number.
        """
        self._tell(
            "picture", run=run, display_id=display_id, bundle=dict(bundle), says=says, announced=announced
        )
