"""Several tasks at once: one training whose examples are drawn from several data sets, each by its weight."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

from ftkit.fields import no_truth_value, setting
from ftkit.methods import Obstacle
from ftkit.tasks.sft import TASK as SFT
from ftkit.tasks.task import TRL_COMMON, Task


class Also(BaseModel):
    """One more data set."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    source: str = Field(min_length=1)
    weight: float = Field(1.0, gt=0, allow_inf_nan=False)
    # It becomes a part of paths and of names of figures.
    name: str | None = Field(None, pattern=r"^[^/\\.\x00-\x1f]{1,80}$")

    _numbers = field_validator("source", "weight", "name", mode="before")(no_truth_value)


class Settings(BaseModel):
    """The settings of multi-task fine-tuning."""

    model_config = ConfigDict(extra="forbid", frozen=True, title="Multi-task fine-tuning")

    name: Literal["multi-task"] = "multi-task"
    weight: float = setting(
        1.0,
        label="Weight of your examples",
        help="How often the examples on the Data page are drawn, against the weights of the other data sets.",
        usual=(0.5, 3.0),
        too_low="the model sees too little of these examples to learn from them.",
        too_high="the other data sets are hardly seen.",
        hint="Try 1.",
        gt=0,
        allow_inf_nan=False,
    )
    also: list[Also] = setting(
        label="Other data sets",
        help="The examples of the other tasks: for each a file, folder or hub id, a weight, and a name where the file's will "
        "not do. The weights say how often each is drawn: with 1 and 3, one example in four is the first one's.",
        hint="Try [{'source': 'poems.jsonl', 'weight': 1}].",
        default_factory=list,
    )

    _numbers = field_validator("weight", mode="before")(no_truth_value)


def mixture(source: str, settings: Any) -> dict[str, tuple[str, float]]:
    """Source and weight of every data set by its name, the recipe's own first.

    Names that nobody has given come from the sources; two that are the same are told apart by a number.
    """
    if not hasattr(settings, "also"):
        return {}
    found: dict[str, tuple[str, float]] = {}
    own = (None, source, settings.weight)
    for given, path, weight in (own, *((one.name, one.source, one.weight) for one in settings.also)):
        stem = given or name_from(path)
        name, number = stem, 2
        while name in found:
            name, number = f"{stem}-{number}", number + 1
        found[name] = (path, weight)
    return found


def name_from(source: str) -> str:
    """What a data set is called where nobody has named it."""
    return re.split(r"[/\\]", source.rstrip("/\\"))[-1].partition(".")[0] or "examples"


def other_choices(choice: Any, settings: Any) -> list[Any]:
    """How the other data sets are read: as the recipe says for the first, but for what belongs to its file alone."""
    own: dict[str, Any] = {"family": "auto", "columns": {}, "fixes": [], "group": None}
    return [choice.model_copy(update={"source": one.source, **own}) for one in getattr(settings, "also", ())]


def data_sets(choice: Any, settings: Any) -> dict[str, Any]:
    """How every data set is read, by its name; where there is one alone, it goes without a name."""
    names = list(mixture(choice.source, settings)) or [""]
    return dict(zip(names, [choice, *other_choices(choice, settings)], strict=True))


def as_settings(values: Mapping[str, Any], recipe: Any) -> dict[str, Any]:
    """What cells say about a mixture, as settings of the recipe; values of other settings stay.

    Parameters
    ----------
    values
        By dotted path. Cells know the data sets by their names: ``task.also`` is the source of each but the first,
        ``task.weights`` the weight of each.
    recipe
        Where the data sets that it knows keep what the cell does not say. Weights of data sets that it does not
        know are left out.
    """
    found = dict(values)
    sources, weights = found.pop("task.also", None), found.pop("task.weights", None)
    known = mixture(recipe.data.source, recipe.task)
    also = list(getattr(recipe.task, "also", ()))
    if sources is not None:
        also = [
            Also.model_construct(
                source=path,
                weight=known[name][1] if name in known else 1.0,
                name=None if name_from(path) == name else name,
            )
            for name, path in sources.items()
        ]
        found["task.also"] = [one.model_dump() for one in also]
    if weights is not None and set(weights) == set(known):
        first, *rest = known
        found["task.weight"] = weights[first]
        found["task.also"] = [
            {**one.model_dump(), "weight": weights[name]} for name, one in zip(rest, also, strict=True)
        ]
    return found


def as_in_cell(values: Mapping[str, Any], step: str, recipe: Any) -> dict[str, Any]:
    """The opposite: the settings of a mixture as a step's cell says them, by name; other settings stay."""
    found = dict(values)
    known = mixture(recipe.data.source, recipe.task)
    about = [path for path in ("task.also", "task.weight") if path in found] if known else []
    for path in about:
        del found[path]
    if about and step == "train":
        found["task.weights"] = {name: weight for name, (_, weight) in known.items()}
    if "task.also" in about and step == "data":
        found["task.also"] = {name: source for name, (source, _) in list(known.items())[1:]}
    return found


def obstacle(settings: Any, training: Any) -> Obstacle | None:
    """It takes more than one data set."""
    if settings.also:
        return None
    return Obstacle(
        "Only one data set was named, and there is nothing to mix.",
        "Add another under 'Other data sets', or take the task 'sft'.",
    )


TASK = Task(
    id="multi-task",
    order=15,
    title="Answer as in several sets of examples (multi-task)",
    summary="The model learns several tasks in one training; a weight says how often each task's examples are drawn.",
    choose_when="One model is to do several things, or must not forget one thing over another.",
    form="sft",
    settings=Settings,
    trainer="SFTTrainer",
    measures=False,
    arguments="SFTConfig",
    defaults={**TRL_COMMON, "learning_rate": 2e-5},
    template="train_multi_task",
    obstacle=obstacle,
    metrics=SFT.metrics,
)
