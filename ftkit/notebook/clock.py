"""Time limits that only count while the kernel is free to listen.

An answer that arrives while a cell trains for three minutes waits in the queue of a busy kernel. It
is not late: so the clock stands still as long as the kernel's event loop does.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

TICK = 0.1
"""Seconds between two looks at the time."""

LATE = 0.15
"""A look that comes this many seconds late was held up by a cell, and its tick does not count."""


class AwakeClock:
    """Timers on a kernel's event loop; to be used from any thread.

    Parameters
    ----------
    loop
        The loop that also reads the kernel's messages.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop

    def after(self, seconds: float, call: Callable[[], None]) -> Callable[[], None]:
        """Call `call` on the loop after that many seconds awake; returns what cancels it."""
        cancelled = False

        def cancel() -> None:
            nonlocal cancelled
            cancelled = True

        def wait(left: float) -> None:
            due = self._loop.time() + TICK
            self._loop.call_later(TICK, tick, left, due)

        def tick(left: float, due: float) -> None:
            if cancelled:
                return
            left -= TICK if self._loop.time() - due < LATE else 0.0
            if left > TICK / 2:
                wait(left)
            else:
                call()

        self._loop.call_soon_threadsafe(wait, seconds)
        return cancel
