"""Small trained parts beside an untouched base: PEFT's and our bottleneck adapters, handled alike.

``bottleneck`` is the technique that PEFT lacks, ``saved`` its folder; ``either`` answers what a run has to know of any
adapter, whichever of the two it is. None of them is imported before it is used: torch takes seconds.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ftkit.adapters.bottleneck import (
        active_adapters,
        adapter_names,
        adapters_off,
        add_adapters,
        remove_adapters,
        set_active,
    )
    from ftkit.adapters.saved import load_adapters, save_adapters

_HOMES = {
    "active_adapters": "bottleneck",
    "adapter_names": "bottleneck",
    "adapters_off": "bottleneck",
    "add_adapters": "bottleneck",
    "load_adapters": "saved",
    "remove_adapters": "bottleneck",
    "save_adapters": "saved",
    "set_active": "bottleneck",
}

__all__ = [
    "active_adapters",
    "adapter_names",
    "adapters_off",
    "add_adapters",
    "load_adapters",
    "remove_adapters",
    "save_adapters",
    "set_active",
]


def __getattr__(name: str) -> Any:
    import importlib

    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_HOMES[name]}"), name)
