"""Notices that a training has ended although the trainer did not say so.

A trainer calls ``on_train_end`` only when all goes well. In a notebook the end of the cell tells; in a
script the end of the trainer object or of the process does, and Python has kept what was raised.
"""

from __future__ import annotations

import atexit
import sys
import threading
import traceback
import weakref
from typing import Any

from ftkit.notebook.progress import interactive_shell
from ftkit.training.following import Following

_watched: weakref.WeakSet[Following] = weakref.WeakSet()
# Which error ended the latest training that failed; only its identity, the error itself is Python's.
_last_failure = 0


class Watch:
    """Calls `Following.fail` when nothing else did; lets go once the training is over."""

    def __init__(self, following: Following, trainer: Any) -> None:
        self._following = following
        self._shell = interactive_shell()
        if self._shell is not None:
            self._shell.events.register("post_run_cell", self.cell_ended)
        self._finalizer = weakref.finalize(trainer, self.trainer_gone)
        self._finalizer.atexit = False  # the line below sees to that, with the reason
        atexit.register(self.process_ends)
        _watched.add(following)

    def cell_ended(self, result: Any) -> None:
        """A cell has ended; if it was the one that trained, so has the training."""
        following = self._following
        if following.active and following.thread == threading.get_ident():
            global _last_failure
            error = result.error_in_exec or result.error_before_exec
            _last_failure = id(error)
            following.fail(error)
        if following.over or following.trainer() is None:
            self.let_go()

    def trainer_gone(self) -> None:
        """Nobody holds the trainer any more, so nobody trains with it."""
        if self._following.active:
            self._following.fail(None)
        self.let_go()

    def process_ends(self) -> None:
        """The interpreter shuts down; it has kept the error that nobody caught."""
        if self._following.active:
            self._following.fail(getattr(sys, "last_exc", None) or getattr(sys, "last_value", None))

    def let_go(self) -> None:
        """Leave nothing behind that could hold memory."""
        if self._shell is not None and self.cell_ended in self._shell.events.callbacks["post_run_cell"]:
            self._shell.events.unregister("post_run_cell", self.cell_ended)
        self._shell = None
        self._finalizer.detach()
        atexit.unregister(self.process_ends)


def end_what_is_left() -> None:
    """Make way for a new training.

    Trainings of this thread that went away unnoticed are ended: one thread trains one model at a time.
    A notebook keeps the last traceback for its debugger, and with it the failed training's model and
    optimizer: what it holds is let go.
    """
    last = getattr(sys, "last_value", None)
    if last is not None and id(last) == _last_failure:
        traceback.clear_frames(last.__traceback__)
    for following in list(_watched):
        if following.active and following.thread == threading.get_ident():
            following.fail(None)
