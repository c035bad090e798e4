"""What a comparison says while it works: how far it is, and how long what it does still takes."""

from __future__ import annotations

import time
from collections.abc import Callable

from ftkit.notebook.progress import ProgressLine, roughly

SIDES = 2


class Announcer:
    """One line, rewritten after each answer and each text that was read.

    Parameters
    ----------
    questions
        How many there are; each is answered by base and tuned model.
    """

    def __init__(self, questions: int) -> None:
        self._line = ProgressLine()
        self._questions = questions
        self._answered = 0
        self._spent = 0.0

    def answers(self, side: str) -> Callable[[int], None]:
        """What one side calls with the number of its answers so far."""
        began, before = time.monotonic(), self._answered
        self._line.say(f"The {side} model answers …")

        def tell(done: int) -> None:
            self._answered = before + done
            spent = self._spent + time.monotonic() - began
            if done == self._questions:
                self._spent = spent
            left = spent / max(1, self._answered) * (SIDES * self._questions - self._answered)
            until = " until both have answered" if before == 0 else ""
            self._say(f"The {side} model answers", done, self._questions, left, until)

        return tell

    def reads(self, side: str, count: int, what: str, more: int = 0) -> Callable[[int], None]:
        """What one side calls with the number of texts that it has read.

        Parameters
        ----------
        more
            How many other models will read the same texts after it.
        """
        began = time.monotonic()

        def tell(done: int) -> None:
            pace = (time.monotonic() - began) / max(1, done)
            until = " until both have read them" if more else ""
            self._say(f"The {side} model {what}", done, count, pace * (count * (1 + more) - done), until)

        return tell

    def _say(self, does: str, done: int, count: int, left: float, until: str) -> None:
        time_left = f", {roughly(left)} left{until}" if left else ""
        self._line.say(f"{does}: {done} of {count}{time_left}", lasting=done == count)

    def end(self) -> None:
        """The line goes."""
        self._line.end()
