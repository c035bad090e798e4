"""Full fine-tuning: every weight of the model trains."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from pydantic import BaseModel, ConfigDict

from ftkit.fields import Choice, ModelShape
from ftkit.methods.method import Method


class Settings(BaseModel):
    """Full fine-tuning has no settings of its own."""

    model_config = ConfigDict(extra="forbid", frozen=True, title="Full fine-tuning")

    name: Literal["full"] = "full"


def trainable(settings: Settings, shape: ModelShape) -> int:
    """Exact number of parameters that train: all of them."""
    return shape.parameters


def learning_rate(shape: ModelShape, steps: int) -> Choice:
    """Where to start: low, because every weight moves."""
    return Choice(2e-5, "every weight moves, so a low rate guards what the model knows")


def cell(settings: Settings, reasons: Mapping[str, str], task_type: str) -> str:
    """The source of the method cell."""
    return (
        "# Full fine-tuning: every weight trains, so there is no adapter to configure.\npeft_config = None\n"
    )


METHODS = (
    Method(
        id="full",
        order=20,
        label="Full fine-tuning",
        summary="Trains every weight of the model.",
        trains="All weights: embeddings, every block and the output head.",
        choose_when="A small model, plenty of data and memory, and a task far from what the model knows.",
        speaks_for={
            "complete": "Every weight can change: the most thorough way to teach something new.",
            "language": "Every weight can take up the language of a field.",
            "many-rows": "There are enough examples for so many weights.",
            "small-model": "The model is small: all of it can be trained.",
        },
        speaks_against={
            "few-rows": "On few examples it learns them by heart and forgets other things.",
            "style": "For tone and form so many weights are not needed.",
            "several": "It leaves a whole model for every task.",
            "memory-short": "Of all techniques it takes the most memory.",
        },
        watch_for="Needs about four times the model's size in memory, and forgets other abilities more easily.",
        merging="Nothing to merge: the result is a whole model.",
        merges=True,
        settings=Settings,
        trainable=trainable,
        learning_rate=learning_rate,
        cell=cell,
        adapter=False,
        new_tokens="all",
        marks={"peft_config": {"": None}},
        pace=1.5,
        rates=(1e-5, 1e-4),
    ),
)
