"""Norm tuning: only the weights of the norms train, one for each channel."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from ftkit.fields import Choice, ModelShape, call
from ftkit.methods.method import Method

CONFIG = "LNTuningConfig"
DEFAULTS: dict[str, Any] = {"target_modules": None}
EVERY_NORM = ".*[nN]orm"
"""A pattern for the names of all norms. PEFT's own list leaves some out: in Qwen models all but one a block."""


class Settings(BaseModel):
    """Norm tuning has no settings of its own."""

    model_config = ConfigDict(extra="forbid", frozen=True, title="Norm tuning")

    name: Literal["norm-tuning"] = "norm-tuning"


def trainable(settings: Settings, shape: ModelShape) -> int:
    """Exact number of parameters that train: those of all norms."""
    return shape.norms()


def learning_rate(shape: ModelShape, steps: int) -> Choice:
    """Where to start: high, because there is little to move."""
    return Choice(1e-2, "only a few numbers train, and each has to move far")


def cell(settings: Settings, reasons: Mapping[str, str], task_type: str) -> str:
    """The source of the method cell."""
    arguments = {"task_type": task_type, "target_modules": EVERY_NORM}
    why = {"target_modules": "every part whose name ends in norm, the last one too"}
    return f"from peft import {CONFIG}\n\npeft_config = {call(CONFIG, arguments, {**reasons, **why})}\n"


METHODS = (
    Method(
        id="norm-tuning",
        order=51,
        label="Norm tuning",
        summary="Trains only the norms: how far each number is turned up or down before a layer reads it.",
        trains="The weights of all norms, the last one's included; nothing else.",
        choose_when="Very small files, or in BitFit's place where a model has no biases.",
        speaks_for={
            "few-rows": "Only the norms train: little can be learned by heart.",
        },
        speaks_against={
            "complete": "It has little room for something altogether new.",
            "language": "It has little room for the language of a field.",
        },
        watch_for="Low capacity: it changes style more easily than knowledge, and needs a high learning rate. "
        "PEFT warns that it does not know this kind of norm: that can be ignored, the norms are copied whole.",
        merging="The trained norms take the place of the base's: the result is a model like the base, and as fast.",
        merges=True,
        settings=Settings,
        trainable=trainable,
        learning_rate=learning_rate,
        cell=cell,
        config=CONFIG,
        defaults=DEFAULTS,
        marks={CONFIG: {}},
        # PEFT trains a copy of each norm in the base's own number format. In half precision most steps would be lost in
        # the rounding: a norm's weights are near 1.
        whole_numbers=True,
        weight_decay=Choice(0.0, "the trainer never applies it to norms"),
        pace=0.73,
        rates=(1e-3, 2e-2),
    ),
)
