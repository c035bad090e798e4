"""The techniques: one file each, found by looking into this folder."""

from __future__ import annotations

import importlib
import pkgutil

from ftkit.methods.method import InTrainCell, Method, Obstacle

__all__ = ["METHODS", "InTrainCell", "Method", "Obstacle"]


def _collect() -> dict[str, Method]:
    names = sorted(info.name for info in pkgutil.iter_modules(__path__))
    modules = [importlib.import_module(f"{__name__}.{name}") for name in names]
    found = [method for module in modules for method in getattr(module, "METHODS", ())]
    return {method.id: method for method in sorted(found, key=lambda method: method.order)}


METHODS: dict[str, Method] = _collect()
"""The techniques by id, in the order in which they are offered. A file states its own in a tuple ``METHODS``."""
