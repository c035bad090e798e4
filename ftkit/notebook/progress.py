"""One line of progress, where the person is looking: below the cell, or in the terminal."""

from __future__ import annotations

import sys
from typing import Any


def interactive_shell() -> Any:
    """The running IPython, or None."""
    if "IPython" not in sys.modules:
        return None
    from IPython import get_ipython

    return get_ipython()


def in_kernel() -> bool:
    """Whether this is a notebook's kernel."""
    return getattr(interactive_shell(), "kernel", None) is not None


def roughly(seconds: float | None) -> str:
    """A time as a person says it: ``about 2 min``."""
    if seconds is None:
        return "a while"
    if seconds < 55:
        return f"about {max(5, round(seconds / 5) * 5)} s"
    if seconds < 5400:
        return f"about {max(1, round(seconds / 60))} min"
    return f"about {seconds / 3600:.1f} h"


SO_FAR = {"ftkit": "so-far"}
"""In the metadata of an output: it goes where a page that was loaded meanwhile takes the cell up."""


class ProgressLine:
    """A line that is rewritten while work goes on.

    Below a cell it is ordinary output, and gone in the end: a notebook shows what a program writes to
    standard error on red, as if something were wrong. In a terminal it is a line on standard error; in a log
    file, only sentences that are worth a line of their own.
    """

    def __init__(self) -> None:
        self._handle: Any = None
        self._kernel = in_kernel()

    def say(self, text: str, *, lasting: bool = False) -> None:
        """Show `text` in place of what stood there; `lasting` text also goes into a log file."""
        if self._kernel:
            self._show(text)
        elif sys.stderr.isatty():
            sys.stderr.write(f"\r\x1b[K{text}")
            sys.stderr.flush()
        elif lasting:
            sys.stderr.write(f"{text}\n")
            sys.stderr.flush()

    def end(self) -> None:
        """Leave the line: below a cell it disappears, in a terminal the next text starts anew."""
        if self._kernel and self._handle is not None:
            self._show("")
        elif not self._kernel and sys.stderr.isatty():
            sys.stderr.write("\n")
            sys.stderr.flush()

    def _show(self, text: str) -> None:
        from IPython.display import display

        from ftkit.notebook.kernel import current_cell, get_bridge

        data = {"text/plain": text}
        if self._handle is None:
            self._handle = display(data, metadata=SO_FAR, raw=True, display_id=True)
        else:
            self._handle.update(data, metadata=SO_FAR, raw=True)
        cell = current_cell()
        if cell is not None:
            get_bridge().page.working(cell)
