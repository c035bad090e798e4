"""A task carried out with its own cells on the tiny model."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from ftkit.catalog import find, in_cell
from ftkit.cells.train_cell import train_source
from ftkit.cells.writing import _checked, _method
from ftkit.fields import DataFacts
from ftkit.recipe import Resolved, from_presets, recipe_to_yaml, resolve
from ftkit.runfolder import RunFolder
from ftkit.tasks import TASKS
from ftkit.tasks.rewards import reward_source
from tests.methods.trained import LAPTOP
from tests.tiny import as_chat, tiny_rows

FACTS = DataFacts(train_rows=32, validation_rows=8, test_rows=8, longest=90, p95=80, mean=60.0)

OTHERS = DataFacts(train_rows=12, validation_rows=4, test_rows=0, longest=90, p95=80, mean=60.0)


def rows_for(form: str, count: int = 40) -> list[dict[str, Any]]:
    """Rows in a trainer's standard form."""
    rows = tiny_rows(count)
    if form == "domain":
        return [{"text": f"{row['prompt']} {row['answer']}"} for row in rows]
    if form == "classification":
        return [{"text": row["prompt"], "label": ("short", "long")["and" in row["prompt"]]} for row in rows]
    chat = as_chat(rows)
    if form == "preference":
        bad = [{"role": "assistant", "content": "No."}]
        return [{"prompt": row["prompt"], "chosen": row["completion"], "rejected": bad} for row in chat]
    if form == "unpaired":
        bad = [{"role": "assistant", "content": "No."}]
        good = (number % 2 == 0 for number in range(count))
        return [
            {"prompt": row["prompt"], "completion": row["completion"] if label else bad, "label": label}
            for row, label in zip(chat, good, strict=True)
        ]
    if form == "prompts":
        return [{"prompt": row["prompt"]} for row in chat]
    return chat


LETTERS = """
def reward(prompts, completions, **more):
    texts = [completion[-1]["content"] for completion in completions]
    return [sum(c.isascii() for c in text) / max(len(text), 1) for text in texts]
"""
"""A reward that the tiny model learns to get in a few steps; a person edits the cell just so."""


def planned(model: Path | str, run: str, task: str, method: str = "lora", **presets: Any) -> Resolved:
    """A short run of a task on a model."""
    choices: dict[str, Any] = {
        "num_train_epochs": 2,
        "batch_size": 4,
        "max_length": 128,
        "learning_rate": 5e-3,
    }
    if TASKS[task].form == "prompts":
        choices |= {"num_train_epochs": 1, "batch_size": 16, "max_completion_length": 8}
    if task == "ppo":  # one answer to each prompt, and the answers of a step have to tell it more
        choices |= {"num_train_epochs": 12, "batch_size": 16}
    if task == "multi-task":
        choices["also"] = [{"source": "others.jsonl", "weight": 3.0}]
    choices |= presets
    recipe = from_presets(run=run, model=str(model), task=task, method=method, **choices)
    facts = FACTS.together(OTHERS) if task == "multi-task" else FACTS
    found = find(str(model))
    return resolve(recipe, LAPTOP, facts, found.shape, in_cell(found))


def train(
    resolved: Resolved, model: Path | str, form: str, edited: Callable[[str], str] = lambda source: source
) -> tuple[RunFolder, dict[str, Any]]:
    """Run method and train cell, ``ftkit.follow`` included; the run and what is in the kernel afterwards.

    Parameters
    ----------
    edited
        What the person changes in the train cell.
    """
    from datasets import Dataset, DatasetDict
    from transformers import AutoTokenizer

    run = RunFolder(resolved.recipe.run)
    run.write_recipe(recipe_to_yaml(resolved.recipe))
    rows = Dataset.from_list(rows_for(form))
    names: dict[str, Any] = {
        "model_path": str(model),
        "tokenizer": AutoTokenizer.from_pretrained(model),
        "data": DatasetDict({"train": rows.select(range(32)), "validation": rows.select(range(32, 40))}),
    }
    if resolved.recipe.task.name == "multi-task":
        more = Dataset.from_list(other_rows())
        parts = {"train": more.select(range(12)), "validation": more.select(range(12, 16))}
        names["others"] = {"others": DatasetDict(parts)}
    for step, source in (
        ("method", _method(resolved)),
        ("train", edited(train_source(resolved, SimpleNamespace(tools=False, form="sft")))),
    ):
        exec(compile(_checked(step, source, run.name).source, f"<{step}>", "exec"), names)
    return run, names


def other_rows(count: int = 16) -> list[dict[str, Any]]:
    """Another task: the word is to be spelled."""
    chat = as_chat(tiny_rows(count, seed=3))
    for row in chat:
        word = row["completion"][0]["content"].split()[0]
        row["completion"] = [{"role": "assistant", "content": "-".join(word)}]
    return chat


def rewarding_letters(source: str) -> str:
    """The train cell with another reward function; a cell without one stays as it is."""
    return source.replace(reward_source("function").strip(), LETTERS.strip())


def data_files(folder: Path, form: str) -> Path:
    """The same rows as files, with a test part, for what is read from the recipe's data."""
    from tests.tiny import write_jsonl

    rows = rows_for(form, 48)
    for part, chosen in {"train": rows[:32], "validation": rows[32:40], "test": rows[40:]}.items():
        write_jsonl(folder / f"{part}.jsonl", chosen)
    return folder
