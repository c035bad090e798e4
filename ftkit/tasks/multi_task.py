"""Several tasks at once: one training whose examples are drawn from several data sets, each by its weight."""

from __future__ import annotations

import re
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

    _numbers = field_validator("source", "weight", mode="before")(no_truth_value)


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
        help="The examples of the other tasks: for each a file, folder or hub id, and a weight. The weights say how often "
        "each is drawn: with 1 and 3, one example in four is the first one's.",
        hint="Try [{'source': 'poems.jsonl', 'weight': 1}].",
        default_factory=list,
    )

    _numbers = field_validator("weight", mode="before")(no_truth_value)


def mixture(source: str, settings: Any) -> dict[str, tuple[str, float]]:
    """Source and weight of every data set by its name, the recipe's own first; names come from the sources."""
    if not hasattr(settings, "also"):
        return {}
    found: dict[str, tuple[str, float]] = {}
    for path, weight in ((source, settings.weight), *((one.source, one.weight) for one in settings.also)):
        stem = re.split(r"[/\\]", path.rstrip("/\\"))[-1].partition(".")[0] or "examples"
        name, number = stem, 2
        while name in found:
            name, number = f"{stem}-{number}", number + 1
        found[name] = (path, weight)
    return found


def other_choices(choice: Any, settings: Any) -> list[Any]:
    """How the other data sets are read: as the recipe says for the first, but for what belongs to its file alone."""
    own: dict[str, Any] = {"family": "auto", "columns": {}, "fixes": [], "group": None}
    return [choice.model_copy(update={"source": one.source, **own}) for one in getattr(settings, "also", ())]


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
