"""What is wanted from a training that keeps the kernel busy: stop, abort, answer a prompt, send a picture."""

from __future__ import annotations

import signal
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping
from typing import Any

from ftkit.errors import Interrupted, RunError
from ftkit.notebook.progress import interactive_shell
from ftkit.runfolder import RunFolder
from ftkit.runfolder.folder import WISHES

LOOK_EVERY = 0.2


class Wishes:
    """Flags, set from any thread and read by the training between two steps.

    Three ways lead here: the front end's control comm, ``control.json`` in the run folder, and the
    interrupt button (or Ctrl+C): once to stop and keep the result, twice to give up.

    Parameters
    ----------
    folder
        The run; wishes for another one are not heard.

    Attributes
    ----------
    show
        How many pages were loaded while the cell ran: they cannot have the live chart, and ask for pictures.
    """

    def __init__(self, folder: RunFolder) -> None:
        self.folder = folder
        self.stop = False
        self.interrupted = False
        self.abort = False
        self.show = 0
        self._prompts: deque[str] = deque()
        self._seen: dict[str, int] = {}
        self._looked = 0.0
        self._previous: Any = None
        self._handles_interrupt = False
        self._unlisten: Callable[[], None] | None = None

    def begin(
        self, listen: Callable[[Callable[[Mapping[str, Any]], None]], Callable[[], None]] | None
    ) -> None:
        """Start hearing.

        Parameters
        ----------
        listen
            `ftkit.notebook.control.listen` in a kernel, None elsewhere.
        """
        # An old wish is not for this attempt.
        self._seen = {name: self.folder.control_changed(name) for name in WISHES}
        if threading.current_thread() is threading.main_thread():
            previous = signal.getsignal(signal.SIGINT)
            # A process told to ignore Ctrl+C (nohup) goes on doing so; None is not ours to put back.
            if previous is not None and previous != signal.SIG_IGN:
                self._previous = previous
                self._handles_interrupt = True
                signal.signal(signal.SIGINT, self._interrupted)
        if listen is not None:
            self._unlisten = listen(self.hear)

    def end(self) -> None:
        """Stop hearing and put the interrupt handler back."""
        if self._handles_interrupt:
            self._handles_interrupt = False
            signal.signal(signal.SIGINT, self._previous)
            self._previous = None
        if self._unlisten is not None:
            self._unlisten()
            self._unlisten = None

    def _interrupted(self, number: int, frame: Any) -> None:
        # Not `stop`: after a click on Stop, the first interrupt does not throw the result away.
        if self.interrupted:
            self.abort = True
            self.end()
            raise _gave_up()
        self.stop = self.interrupted = True

    def hear(self, wish: Mapping[str, Any]) -> None:
        """Take note of a wish; called on whatever thread, so it only sets flags."""
        if wish.get("run") not in (None, "", self.folder.name, str(self.folder.path)):
            return
        op = wish.get("op")
        if op == "stop":
            self.stop = True
        elif op == "abort":
            self.abort = True
        elif op == "show":
            self.show += 1
        elif op == "sample" and isinstance(wish.get("prompt"), str) and wish["prompt"].strip():
            # Half a surrogate pair comes through JSON, but fits into no token and no file.
            self._prompts.append(wish["prompt"].encode("utf-8", "replace").decode("utf-8"))

    def look(self, *, often: bool = False) -> None:
        """Read ``control.json`` and ``show.json`` if they have changed.

        Parameters
        ----------
        often
            Called more than once a step: then it looks at most five times a second.
        """
        now = time.monotonic()
        if often and now - self._looked < LOOK_EVERY:
            return
        self._looked = now
        for name in WISHES:
            changed = self.folder.control_changed(name)
            if changed == self._seen.get(name, 0):
                continue
            try:
                wish = self.folder.control(name)
            except RunError:
                continue  # half written: it has changed again at the next look
            self._seen[name] = changed
            self.hear(wish)

    def give_up_if_asked(self) -> None:
        """Raise KeyboardInterrupt where the person wants to abort."""
        if self.abort:
            raise _gave_up()

    def take_prompts(self) -> list[str]:
        """The prompts that wait for an answer; each is given out once."""
        found = []
        while self._prompts:
            found.append(self._prompts.popleft())
        return found


def _gave_up() -> KeyboardInterrupt:
    """In a notebook, one line instead of hundreds; a script ends as Python ends it, with the signal's exit code."""
    if interactive_shell() is None:
        return KeyboardInterrupt()
    return Interrupted("You gave up this training before it was done.")
