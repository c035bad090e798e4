"""What following costs: CPU seconds of our code, told apart from the training's own."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager


class Clock:
    """Adds up CPU seconds.

    Attributes
    ----------
    ours
        In our code, the forward passes that prove the base included.
    measuring
        In what the diagnosis has measured: the slice of training rows, and ordinary text before and after.
    asked
        In answers that the person asked the half-trained model for; not ours, not the training's.
    """

    def __init__(self) -> None:
        self.ours = 0.0
        self.asked = 0.0
        self.measuring = 0.0
        self._not_ours = 0.0
        self._inside = False
        self._began = time.process_time()

    @property
    def run(self) -> float:
        """CPU seconds of the whole process since this clock was made, all threads."""
        return time.process_time() - self._began

    @contextmanager
    def our_code(self) -> Iterator[None]:
        """Count what happens inside as ours; only this thread works in it."""
        if self._inside:
            yield
            return
        self._inside = True
        began, others = time.thread_time(), self._not_ours
        try:
            yield
        finally:
            self._inside = False
            self.ours += max(0.0, time.thread_time() - began - (self._not_ours - others))

    @contextmanager
    def our_model_work(self) -> Iterator[None]:
        """Inside `our_code`: the model computes for us, in all its threads."""
        everything, own = time.process_time(), time.thread_time()
        try:
            yield
        finally:
            self.ours += max(0.0, time.process_time() - everything - (time.thread_time() - own))

    @contextmanager
    def asked_for(self) -> Iterator[None]:
        """Inside `our_code`: the person wants to know something meanwhile."""
        with self._elsewhere("asked"):
            yield

    @contextmanager
    def measured(self) -> Iterator[None]:
        """Inside `our_code`, not inside `our_model_work`: the model computes for the diagnosis."""
        with self._elsewhere("measuring"):
            yield

    @contextmanager
    def _elsewhere(self, account: str) -> Iterator[None]:
        """Count the seconds of all threads there, and take those of this one off what is ours."""
        everything, own = time.process_time(), time.thread_time()
        try:
            yield
        finally:
            setattr(self, account, getattr(self, account) + time.process_time() - everything)
            self._not_ours += time.thread_time() - own

    def figures(self) -> dict[str, float]:
        """The sums, as they stand in ``state.json``."""
        return {
            "ours_cpu_seconds": round(self.ours, 4),
            "asked_cpu_seconds": round(self.asked, 4),
            "measuring_cpu_seconds": round(self.measuring, 4),
            "run_cpu_seconds": round(self.run, 4),
        }
