"""The techniques: one file each, found by looking into this folder."""

from __future__ import annotations

import importlib
import pkgutil
from types import ModuleType


def _collect() -> dict[str, ModuleType]:
    names = sorted(info.name for info in pkgutil.iter_modules(__path__) if not info.name.startswith("_"))
    modules = [importlib.import_module(f"{__name__}.{name}") for name in names]
    found = [module for module in modules if hasattr(module, "Settings")]
    return {module.ID: module for module in sorted(found, key=lambda module: module.ORDER)}


METHODS: dict[str, ModuleType] = _collect()
"""The technique modules by id, in the order in which they are offered.

A module states ``ID``, ``ORDER``, ``LABEL``, ``SUMMARY`` (one sentence), ``CHOOSE_WHEN``,
``WATCH_FOR``, ``MERGES`` (whether it can be merged into the base), ``ADAPTER`` (whether the run
leaves an adapter beside an untouched base), ``CONFIG`` (its PEFT class, empty without one) and
that class's ``DEFAULTS``, a pydantic class ``Settings`` whose ``name`` is a
literal of the id, and the functions

``trainable(settings, shape) -> int``
    exact number of parameters that train;
``learning_rate(shape, steps) -> Choice``
    where to start;
``resolve(settings) -> tuple[Settings, dict[str, str]]``
    its own automatic values filled, with reasons by field name;
``cell(settings, reasons) -> str``
    its source: imports and the lines that define ``peft_config`` (``None`` for full tuning).
"""
