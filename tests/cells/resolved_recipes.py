"""Recipes for the tests of this room, resolved for a machine and data that are made up."""

from __future__ import annotations

from typing import Any

from ftkit.fields import DataFacts, Machine, ModelShape
from ftkit.recipe import Resolved, from_presets, resolve

GIB = 2**30
SHAPE = ModelShape(134_515_008, 30, 576, 1536, 9, 3, 64, 49152, True)
LAPTOP = Machine(cores=2, memory=8 * GIB, memory_free=6 * GIB, disk_free=50 * GIB)
FACTS = DataFacts(train_rows=30, validation_rows=10, test_rows=8, longest=87, p95=80, mean=60.0)


def resolved(
    model_path: str = "models/tiny", *, machine: Machine = LAPTOP, facts: DataFacts = FACTS, **presets: Any
) -> Resolved:
    """A recipe from the arguments of ``ftkit.wizard(…)``, every automatic value filled."""
    return resolve(from_presets(**presets), machine, facts, SHAPE, model_path)
