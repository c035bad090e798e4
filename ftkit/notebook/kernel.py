"""The kernel's own line to the notebook that is open, and the cell that is running."""

from __future__ import annotations

import threading
from typing import Any

from ftkit.notebook import control
from ftkit.notebook.bridge import Bridge
from ftkit.notebook.clock import AwakeClock
from ftkit.notebook.line import Line
from ftkit.notebook.page import TARGET

_line: Line | None = None
_bridge: Bridge | None = None
_lock = threading.Lock()


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


def current_page() -> str | None:
    """What the page that asked for the running cell calls itself; None outside a kernel."""
    kernel = _kernel()
    page = None if kernel is None else kernel.get_parent().get("header", {}).get("session")
    return page if isinstance(page, str) else None


def get_bridge(cell: str | None = None) -> Bridge:
    """A bridge of this kernel to the notebook in which a cell is; the comm is opened by the first call.

    Parameters
    ----------
    cell
        Id of a cell, as :func:`current_cell` gave it when it ran; where None, the one that runs now, or the
        one that asked last.
    """
    global _line, _bridge
    with _lock:
        if _line is None or _bridge is None:
            _line = _make_line()
            _bridge = Bridge(_line)
        _line.opened()
        if cell is not None:
            page = current_page()
            if cell == current_cell() and page is not None:
                _line.asked(cell, page)
            return Bridge(_line, cell)
        # The cell that asked last is surely in the notebook that is meant, and still there.
        _bridge.anchor = current_cell() or _bridge.anchor
        return _bridge


def _make_line() -> Line:
    kernel = _kernel()
    if kernel is None:
        return Line(None, None)
    from comm import create_comm

    control.register()
    # The main thread's loop, whichever thread asks: it is the one that a running cell holds up.
    clock = AwakeClock(kernel.io_loop.asyncio_loop)
    return Line(lambda: create_comm(target_name=TARGET), clock)
