"""What a run is told while its cell keeps the kernel busy: stop, give a sample, abort, show a picture.

The front end opens the comm and the kernel never sends on it: only so does ipykernel 7.4 hear it on a
subshell while a cell runs (a comm that the kernel has sent on is heard after the cell). Where there
are no subshells the front end writes the run folder's ``control.json`` instead (``show.json`` for a picture).
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from typing import Any

TARGET = "ftkit-control"
OPS = ("stop", "sample", "abort", "show")

Listener = Callable[[Mapping[str, Any]], None]

_lock = threading.Lock()
_listeners: list[Listener] = []


def listen(listener: Listener) -> Callable[[], None]:
    """Have `listener` called with every wish; returns what ends that.

    It is called on whatever thread the comm is heard on, with ``{"op": …, "run": …, "prompt": …}``
    (`prompt` with ``sample`` only). There it may set a flag and nothing else: prints reach no cell, and a
    slow listener holds up all other messages.
    """
    register()
    with _lock:
        _listeners.append(listener)

    def end() -> None:
        with _lock:
            if listener in _listeners:
                _listeners.remove(listener)

    return end


def register() -> None:
    """Make this kernel accept the front end's comm. More than once does no harm."""
    from comm import get_comm_manager

    get_comm_manager().register_target(TARGET, _opened)


def _opened(comm: Any, message: Mapping[str, Any]) -> None:
    comm.on_msg(lambda heard: hear(heard["content"]["data"]))


def hear(wish: Any) -> None:
    """Pass a wish on to every listener.

    Raises
    ------
    ValueError
        Where it is none; the kernel's log then shows it.
    """
    if not isinstance(wish, Mapping) or wish.get("op") not in OPS or not isinstance(wish.get("run"), str):
        raise ValueError(f"Not a wish that a run understands: {wish!r}")
    with _lock:
        listeners = list(_listeners)
    for listener in listeners:
        listener(wish)
