"""What a comparison says while it works: how far it is, and how long both models still take to answer."""

from __future__ import annotations

import time
from collections.abc import Callable

from ftkit.notebook.progress import ProgressLine, roughly

SIDES = 2


class Announcer:
    """One line, rewritten after each answer.

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
            both = " for both models" if before == 0 else ""
            more = f", {roughly(left)} left{both}" if left else ""
            self._line.say(
                f"The {side} model answers: {done} of {self._questions}{more}",
                lasting=done == self._questions,
            )

        return tell

    def reads(self, side: str, count: int, what: str) -> Callable[[int], None]:
        """What one side calls with the number of texts that it has read."""
        return lambda done: self._line.say(
            f"The {side} model {what}: {done} of {count}", lasting=done == count
        )

    def end(self) -> None:
        """The line goes."""
        self._line.end()
