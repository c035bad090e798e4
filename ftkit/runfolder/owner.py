"""Which process writes a run, and whether it still lives."""

from __future__ import annotations

import hashlib
import os
import platform
import time
from collections.abc import Mapping
from typing import Any

# A training on another machine counts as dead when its state has not changed for this long.
SILENCE_SECONDS = 900.0


def machine_id() -> str:
    """Tells machines apart without telling their names."""
    return hashlib.sha256(platform.node().encode()).hexdigest()[:12]


def this_process() -> dict[str, Any]:
    """What `alive` needs to recognise this process later: numbers are given to new processes again."""
    import psutil

    return {
        "pid": os.getpid(),
        "pid_started": round(psutil.Process().create_time(), 2),
        "machine": machine_id(),
    }


def alive(state: Mapping[str, Any], last_change: float) -> bool:
    """Whether the process that wrote a state can still be training.

    Parameters
    ----------
    state
        With the keys of `this_process`.
    last_change
        When the state was written, in seconds since the epoch.
    """
    import psutil

    if state.get("machine") != machine_id():
        return time.time() - last_change < SILENCE_SECONDS
    try:
        process = psutil.Process(int(state["pid"]))
        started = process.create_time()
        dead = process.status() == psutil.STATUS_ZOMBIE
    except (KeyError, TypeError, ValueError, psutil.Error):
        return False
    return not dead and abs(started - float(state.get("pid_started", started))) < 2.0
