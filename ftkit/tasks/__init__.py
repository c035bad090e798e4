"""What a model is trained to do: one file a task, found by looking into this folder."""

from __future__ import annotations

import importlib
import pkgutil
from types import ModuleType


def _collect() -> dict[str, ModuleType]:
    names = sorted(info.name for info in pkgutil.iter_modules(__path__) if not info.name.startswith("_"))
    modules = [importlib.import_module(f"{__name__}.{name}") for name in names]
    return {module.ID: module for module in modules if hasattr(module, "Settings")}


TASKS: dict[str, ModuleType] = _collect()
"""The task modules by id.

A module states ``ID``, ``LABEL``, ``SUMMARY``, a pydantic class ``Settings`` whose ``name`` is a
literal of the id, ``TRAINER`` / ``ARGUMENTS``: the TRL classes its train cell uses, and
``DEFAULTS``: what TRL does where an argument is left out.
"""
