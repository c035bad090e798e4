"""The questions that the test part asks: rows of every data set of a run that the model was not trained on."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ftkit.comparison.identity import Opening
from ftkit.comparison.trained import question_id
from ftkit.errors import FtkitError
from ftkit.runfolder import RunFolder
from ftkit.tasks.multi_task import data_sets

if TYPE_CHECKING:
    from ftkit.recipe import DataChoice, Recipe

Messages = list[dict[str, str]]
OPENING = 12
"""Words of a text that a model is given to go on with."""


@dataclass(frozen=True)
class Held:
    """The rows of one data set that the model has not seen.

    Attributes
    ----------
    name
        The task that they belong to; empty where the run has one data set.
    choice
        How the recipe reads it.
    rows
        In the standard form of the run's task.
    """

    name: str
    choice: DataChoice
    rows: list[dict[str, Any]]


def recipe_from_here(run: RunFolder) -> Recipe | None:
    """The run's recipe, its paths as seen from here; None where there is none."""
    from ftkit.recipe import recipe_from_yaml

    text = run.recipe_text()
    if not text:
        return None
    recipe = recipe_from_yaml(text)

    # Paths in a recipe count from the folder that holds ftkit-runs, wherever the question is asked.
    def found(source: str) -> str:
        path = run.path.parent.parent / Path(source).expanduser()
        return str(path) if source and path.exists() else source

    changes: dict[str, Any] = {"data.source": found(recipe.data.source)}
    if hasattr(recipe.task, "also"):
        also = recipe.task.also
        changes["task.also"] = [{**one.model_dump(), "source": found(one.source)} for one in also]
    return recipe.changed(changes)


def held_out(
    recipe: Recipe | None, count: int, record: Mapping[str, Any], most: int | None = None
) -> tuple[list[Held], list[str]]:
    """The first test rows of every data set that are new to the model, and what to say about them.

    Parameters
    ----------
    count
        How many of each data set somebody wants to see.
    record
        What the run folder says about the rows that were really trained on.
    most
        How many of each are returned, where that is more.
    """
    from ftkit.data import load_parts

    if count <= 0:
        return [], []
    if recipe is None:
        return [], ["The run has no recipe, so its test part is not known: only your own prompts are asked."]
    loaded: dict[str, tuple[DataChoice, Any]] = {}
    notes: list[str] = []
    every = data_sets(recipe.data, recipe.task)
    for name, choice in every.items():
        try:
            parts = load_parts(choice, recipe.task.name)
        except FtkitError as error:
            notes.append(_of(name, f"The test part could not be read: {error}"))
            continue
        if parts["test"] and "input_ids" in parts["test"][0]:
            only = "" if name else ": only your own prompts are asked"
            notes.append(_of(name, f"The test part is token ids, which say no question{only}."))
            continue
        loaded[name] = (choice, parts)
    if not loaded:
        return [], notes
    # A row of one task's test part may have been another task's training row.
    recipes = {question_id(row) for _, parts in loaded.values() for row in parts["train"]}
    really = set(record.get("rows", ()))
    notes += _about_record(recipes, really, complete=len(loaded) == len(every))
    held = []
    for name, (choice, parts) in loaded.items():
        fresh = [row for row in parts["test"] if question_id(row) not in recipes | really]
        notes += [_of(name, note) for note in _about_rows(len(fresh), len(parts["test"]), count)]
        held.append(Held(name, choice, fresh[: most or count]))
    return held, notes


def _of(name: str, sentence: str) -> str:
    """A sentence about one of several data sets."""
    return f"{name}: {sentence[0].lower()}{sentence[1:]}" if name else sentence


def _about_record(recipes: set[str], really: set[str], *, complete: bool) -> Iterable[str]:
    if not really:
        yield "Which rows the model was trained on is not on record; the recipe says, these are not."
    elif complete and really - recipes:
        yield (
            f"The model was trained on {len(really - recipes)} rows that are not the recipe's training rows: "
            "the data cell was edited, or the data files have changed."
        )


def _about_rows(fresh: int, every: int, count: int) -> Iterable[str]:
    if fresh < every:
        which = "1 test row is" if every - fresh == 1 else f"{every - fresh} test rows are"
        yield f"{which} left out because the model was trained on {'it' if every - fresh == 1 else 'them'}."
    if count > fresh:
        yield f"The test part has {fresh} rows."


def question(row: Mapping[str, Any]) -> Messages | Opening:
    """What the model is asked of a test row: its prompt, or the beginning of its text."""
    if "prompt" in row:
        return list(row["prompt"])
    words = row["text"].split(" ")
    return Opening(" ".join(words[: max(1, min(OPENING, len(words) // 2))]))


def answer(row: Mapping[str, Any]) -> str | None:
    """What stands in the test part instead: of a pair the better answer."""
    said = row.get("completion") or row.get("chosen")
    return said[-1]["content"] if said else row.get("text")


def changed_data(run: RunFolder, recipe: Recipe | None) -> list[str]:
    """A note where the data files are no longer those of the training."""
    from ftkit.data import source_hash

    before = run.actual().get("data_files")
    if recipe is None or not before:
        return []
    now: dict[str, str] = {}
    try:
        for choice in data_sets(recipe.data, recipe.task).values():
            now |= source_hash(choice.source)
    except FtkitError:
        return []  # held_out has said so already
    if sorted(now.values()) != sorted(before.values()):
        return ["The data files have changed since the training, so these may not be the test rows of then."]
    return []
