"""A technique carried out with its own cells on the tiny model: what the wizard previews is what runs here."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

from ftkit.catalog import find
from ftkit.fields import DataFacts, Machine
from ftkit.recipe import Resolved, from_presets, recipe_to_yaml, resolve
from ftkit.runfolder import RunFolder
from tests.tiny import as_chat, tiny_rows

GIB = 2**30
LAPTOP = Machine(2, 8 * GIB, 6 * GIB, 50 * GIB, packages=frozenset({"bitsandbytes"}))
FACTS = DataFacts(train_rows=32, validation_rows=8, test_rows=8, longest=90, p95=80, mean=60.0)


def planned(model: Path, run: str, method: str, **presets: Any) -> Resolved:
    """A short run of a technique on a model."""
    choices = {"num_train_epochs": 2, "batch_size": 4, "max_length": 128, **presets}
    recipe = from_presets(run=run, model=str(model), method=method, **choices)
    return resolve(recipe, LAPTOP, FACTS, find(str(model)).shape, str(model))


def cells_of(resolved: Resolved) -> dict[str, str]:
    """The sources of the method and the train cell, as the wizard writes them."""
    from ftkit.cells.train_cell import train_source
    from ftkit.cells.writing import _checked, _method

    run = resolved.recipe.run
    return {
        "method": _checked("method", _method(resolved), run).source,
        "train": _checked(
            "train", train_source(resolved, SimpleNamespace(tools=False, form="sft")), run
        ).source,
    }


def names_for(model: Path) -> dict[str, Any]:
    """What the model cell and the data cell leave in the kernel."""
    from datasets import Dataset, DatasetDict
    from transformers import AutoTokenizer

    rows = Dataset.from_list(as_chat(tiny_rows(40)))
    parts = {"train": rows.select(range(32)), "validation": rows.select(range(32, 40))}
    return {
        "model_path": str(model),
        "tokenizer": AutoTokenizer.from_pretrained(model),
        "data": DatasetDict(parts),
    }


def train(resolved: Resolved, model: Path) -> tuple[RunFolder, dict[str, Any]]:
    """Run method and train cell, ``ftkit.follow`` included; the run and what is in the kernel afterwards."""
    run = RunFolder(resolved.recipe.run)
    run.write_recipe(recipe_to_yaml(resolved.recipe))
    names = names_for(model)
    for source in cells_of(resolved).values():
        exec(compile(source, "<cell>", "exec"), names)
    return run, names
