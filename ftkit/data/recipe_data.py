"""The data of a recipe: looked at, and loaded, with exactly the settings that its cell uses."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal, Protocol

from ftkit.data.chat_template import offered_template
from ftkit.data.forms import TASKS
from ftkit.data.inspection import Inspection, inspect_data
from ftkit.data.pipeline import asked, run
from ftkit.data.sources import PARTS, Source
from ftkit.data.store import IN_MEMORY, StoredRows
from ftkit.data.token_counts import data_facts
from ftkit.data.turns import Row
from ftkit.errors import DataError
from ftkit.fields import DataFacts

SFT, DOMAIN = "sft", "domain"


class DataSettings(Protocol):
    """What of a recipe's data part this room needs; ``Recipe.data`` is one."""

    source: str
    family: str
    columns: dict[str, Any]
    system: str | None
    fixes: list[str]
    group: str | None
    validation_share: float
    test_share: float
    split_seed: int
    chat_template: Literal["plain", "chatml"]


def inspect_choice(choice: DataSettings, task: str = SFT, **more: Any) -> Inspection:
    """What a recipe's data are: :func:`inspect_data` with exactly the settings that :func:`load_parts` goes by.

    Further arguments such as ``model`` and ``progress`` are those of :func:`inspect_data`.
    """
    return inspect_data(choice.source, **settings_of(choice, task), **more)


def settings_of(choice: DataSettings, task: str = SFT) -> dict[str, Any]:
    """A recipe's data settings as arguments of :func:`inspect_data`."""
    return {
        "task": task,
        "family": choice.family,
        "columns": choice.columns or None,
        "system": choice.system or None,
        "fixes": choice.fixes,
        "group": choice.group,
        "validation_share": choice.validation_share,
        "test_share": choice.test_share,
        "seed": choice.split_seed,
        "chat_template": choice.chat_template,
    }


def facts_of(
    choice: DataSettings,
    task: str,
    folder: str | Path,
    *,
    max_length: int | None = None,
    skipped: int = 0,
) -> DataFacts:
    """Rows and tokens of a recipe's data in the form that its task is trained on.

    Parameters
    ----------
    folder
        With the model's tokenizer.
    max_length
        The tokens that a piece of a document may have.
    skipped
        Rows left out on the way.
    """
    parts = load_parts(choice, task, model=folder, max_length=max_length if task == DOMAIN else None)
    check_trainable(parts)
    offered = offered_template(folder, choice.chat_template)
    template = offered.template if offered else None
    return data_facts(parts, folder, skipped=skipped, template=template, form=TASKS[task])


def check_trainable(parts: Mapping[str, Sequence[Row]]) -> None:
    """Refuse to train where nothing would be left to see by whether it helps.

    Raises
    ------
    DataError
        If the training or the validation part is empty.
    """
    here = sum(len(rows) for rows in parts.values())
    if not (parts["train"] and parts["validation"]):
        raise DataError(
            f"{'1 usable example is' if here == 1 else f'{here:,} usable examples that belong together are'} too few to "
            "train with: some have to be held back, to see whether the model learns or only memorises.",
            "Add examples with other prompts; a hundred good ones are a fine beginning.",
        )


def load_parts(
    choice: DataSettings,
    task: str = SFT,
    *,
    model: str | Path | None = None,
    max_length: int | None = None,
) -> dict[str, Sequence[Row]]:
    """The training rows of a recipe's data, by part: exactly those that its data cell makes.

    Lists, or, where there are very many rows, sequences that read them from the disk when they are wanted.

    Parameters
    ----------
    task
        What they are for.
    model, max_length
        A folder with the model's tokenizer and the tokens that a piece of a document may have: both are needed
        to cut documents into pieces, as domain adaptation reads them.

    Raises
    ------
    DataError
        If nothing can be trained on.
    """
    return prepared_parts(choice.source, model=model, max_length=max_length, **settings_of(choice, task))


def prepared_parts(
    source: Source, *, task: str = SFT, model: str | Path | None = None, **settings: Any
) -> dict[str, Sequence[Row]]:
    """The training rows by part; the arguments are those of :func:`inspect_data`.

    Raises
    ------
    DataError
        If nothing can be trained on.
    """
    wanted, shares = asked(task=task, **settings)
    outcome = run(source, wanted, shares, model=model)
    if outcome.refusal:
        raise DataError(outcome.refusal, outcome.how_to_say)
    store = outcome.work.store
    if len(store) <= IN_MEMORY:
        return {part: list(store.rows(outcome.parts[part])) for part in PARTS}
    return {part: StoredRows(store, outcome.parts[part]) for part in PARTS}
