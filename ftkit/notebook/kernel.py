"""The kernel's own bridge to the notebook that is open, and the cell that is running."""

from __future__ import annotations

import threading
from typing import Any

from ftkit.notebook import control
from ftkit.notebook.bridge import Bridge
from ftkit.notebook.clock import AwakeClock
from ftkit.notebook.page import TARGET

_bridge: Bridge | None = None
_bridge_lock = threading.Lock()


def _kernel() -> Any:
    from IPython import get_ipython

    return getattr(get_ipython(), "kernel", None)


def current_cell() -> str | None:
    """Id of the cell that is running; None outside JupyterLab and Notebook 7."""
    kernel = _kernel()
    if kernel is None:
        return None
    cell = kernel.get_parent().get("metadata", {}).get("cellId")
    return cell if isinstance(cell, str) else None


def get_bridge() -> Bridge:
    """The bridge of this kernel; made, and its comm opened, by the first call."""
    global _bridge
    with _bridge_lock:
        if _bridge is None:
            _bridge = _make_bridge()
        # The cell that asked last is surely in the notebook that is meant, and still there.
        _bridge.anchor = current_cell() or _bridge.anchor
        _bridge._opened()
    return _bridge


def _make_bridge() -> Bridge:
    kernel = _kernel()
    if kernel is None:
        return Bridge(None, None)
    from comm import create_comm

    control.register()
    # The main thread's loop, whichever thread asks: it is the one that a running cell holds up.
    clock = AwakeClock(kernel.io_loop.asyncio_loop)
    return Bridge(lambda data: create_comm(target_name=TARGET, data=data), clock)
