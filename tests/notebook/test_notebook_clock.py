"""Time limits stand still while a cell holds the kernel up."""

from __future__ import annotations

import asyncio
import threading
import time

from ftkit.notebook.clock import AwakeClock


def test_a_timer_rings_after_its_seconds():
    async def main():
        rang = asyncio.Event()
        began = time.monotonic()
        AwakeClock(asyncio.get_running_loop()).after(0.3, rang.set)
        await asyncio.wait_for(rang.wait(), 5)
        return time.monotonic() - began

    assert 0.25 <= asyncio.run(main()) < 2


def test_a_busy_loop_does_not_count():
    async def main():
        rang = []
        AwakeClock(asyncio.get_running_loop()).after(0.5, lambda: rang.append(time.monotonic()))
        await asyncio.sleep(0.15)
        time.sleep(1.5)  # a cell
        awake = time.monotonic()
        for _ in range(50):
            await asyncio.sleep(0.05)
            if rang:
                return rang[0] - awake
        return None

    waited = asyncio.run(main())
    assert waited is not None
    assert waited > 0.15


def test_a_cancelled_timer_never_rings():
    async def main():
        rang = []
        cancel = AwakeClock(asyncio.get_running_loop()).after(0.1, lambda: rang.append(1))
        cancel()
        await asyncio.sleep(0.4)
        return rang

    assert asyncio.run(main()) == []


def test_another_thread_may_set_it():
    async def main():
        rang = asyncio.Event()
        clock = AwakeClock(asyncio.get_running_loop())
        threading.Thread(target=lambda: clock.after(0.1, rang.set)).start()
        await asyncio.wait_for(rang.wait(), 5)

    asyncio.run(main())
