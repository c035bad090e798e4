"""The cells that a wizard has sent to run and whose end it has not heard of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ftkit.errors import FtkitError
from ftkit.runfolder import RunFolder

ENDED_WELL = ("finished", "stopped")
BROKEN_OFF = {"failed": "", "interrupted": "Interrupted: "}
"""States of a run that came to no end, and the kind of error that a cell would have told."""
UNTOLD = "The cell did not finish."
"""What the page tells of a cell that it gave up: it was deleted while it ran, or run again."""


@dataclass(frozen=True)
class Found:
    """How a cell ended, by what it left.

    Attributes
    ----------
    error
        As the page would have told it; empty where it went well.
    """

    ok: bool
    error: str = ""


class Awaited:
    """Remembers what is on its way, and finds out what became of it once nobody is there to tell."""

    def __init__(self) -> None:
        self._sent: set[str] = set()
        self._attempts: dict[str, tuple[RunFolder, int]] = {}
        self._found: dict[str, bool] = {}

    def trains(self, cell_id: str, run: str) -> None:
        """Note how a run stands before the cell that is to train it."""
        folder = RunFolder(run)
        self._attempts[cell_id] = (folder, folder.attempt)

    def send(self, ids: Sequence[str]) -> None:
        """These cells are on their way."""
        self._sent.update(ids)
        for cell_id in ids:
            self._found.pop(cell_id, None)

    def heard(self, cell_id: str, ok: bool) -> bool:
        """A cell has told its end; False where that was found out before."""
        self._sent.discard(cell_id)
        return self._found.pop(cell_id, None) is not ok

    def lost(self, ids: Sequence[str]) -> dict[str, Found | None]:
        """What is known of those among these cells that were waited for; None where nothing is.

        Only a training leaves word of itself, and only that of the attempt that this cell began counts.
        """
        mine = [cell_id for cell_id in ids if cell_id in self._sent]
        self._sent.difference_update(mine)
        found = {cell_id: self.left_by(cell_id) for cell_id in mine}
        self._found |= {cell_id: one.ok for cell_id, one in found.items() if one is not None}
        return found

    def left_by(self, cell_id: str) -> Found | None:
        """How the training that this cell began says it ended; None where there is none, or no word of it."""
        if cell_id not in self._attempts:
            return None
        folder, before = self._attempts[cell_id]
        try:
            state = folder.state()
        except FtkitError:
            return None  # it is damaged: the Review says so
        if state["attempt"] == before:
            return None
        if state["state"] in ENDED_WELL:
            return Found(True)
        if state["state"] in BROKEN_OFF:
            return Found(False, BROKEN_OFF[state["state"]] + state["why"])
        return None
