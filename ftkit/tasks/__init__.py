"""What a model is trained to do: one file a task, found by looking into this folder."""

from __future__ import annotations

import importlib
import pkgutil

from ftkit.tasks.task import Metric, Sampling, Task

__all__ = ["TASKS", "Metric", "Sampling", "Task"]


def _collect() -> dict[str, Task]:
    names = sorted(info.name for info in pkgutil.iter_modules(__path__))
    modules = [importlib.import_module(f"{__name__}.{name}") for name in names]
    found = [module.TASK for module in modules if hasattr(module, "TASK")]
    return {task.id: task for task in sorted(found, key=lambda task: task.order)}


TASKS: dict[str, Task] = _collect()
"""The tasks by id, in the order in which they are offered. A file states its own as ``TASK``."""
