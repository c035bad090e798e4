"""Recipes and inspections for the tests of this room, for a machine and data that are made up."""

from __future__ import annotations

from typing import Any

from ftkit.data import Inspection
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


def inspected(
    *,
    plain: bool = False,
    ready: bool = False,
    context: bool = False,
    column: str = "question",
    folder: str = "data/pirate",
    why: str = "",
) -> Inspection:
    """What the data room might have found."""
    mapping = {"prompt": column, "answer": "answer", **({"context": "input"} if context else {})}
    return Inspection(
        source=folder,
        family="question-answer",
        label="question and answer",
        reason="its columns are question and answer",
        ranked=(),
        rows=48,
        usable=48,
        skipped=(),
        mapping=mapping,
        columns=tuple(mapping.values()),
        split="files" if plain else "ours",
        parts={"train": 30, "validation": 10, "test": 8},
        preview=(),
        files={part: f"{folder}/{part}.jsonl" for part in ("train", "validation", "test")},
        plain=plain,
        plain_reason=why,
        ready=plain and ready,
        refusal="",
    )
