"""Prefix tuning: learned keys and values in front of the text, in the attention of every block."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, field_validator

from ftkit.fields import Choice, ModelShape, assign, call, no_truth_value
from ftkit.methods.method import InTrainCell, Obstacle
from ftkit.methods.soft_prompts import SHORT_RUN, soft_prompt, starting_text, virtual_tokens

CONFIG = "PrefixTuningConfig"
DEFAULTS: dict[str, Any] = {"num_virtual_tokens": None}
"""PEFT's own defaults."""


class Settings(BaseModel):
    """The settings of prefix tuning, named as in PEFT's ``PrefixTuningConfig``."""

    model_config = ConfigDict(extra="forbid", frozen=True, title="Prefix tuning")

    name: Literal["prefix-tuning"] = "prefix-tuning"
    num_virtual_tokens: int = virtual_tokens(f"{CONFIG}.num_virtual_tokens")
    prefix_text: str = starting_text(
        "The prefix starts as what the base itself makes of this text.", variable="prefix_text"
    )

    _number = field_validator("num_virtual_tokens", mode="before")(no_truth_value)


def trainable(settings: Settings, shape: ModelShape) -> int:
    """Exact number of parameters that train: a key and a value for each token and key head of every block."""
    return settings.num_virtual_tokens * shape.layers * 2 * shape.kv_heads * shape.head_dim


def learning_rate(shape: ModelShape, steps: int) -> Choice:
    """Where to start: measured on the starter model, where 3e-2 learned more in 30 steps than 1e-2."""
    if steps < SHORT_RUN:
        return Choice(3e-2, "few numbers, a short run: each of them has to move far")
    return Choice(1e-2, "few numbers, each of which has to move far: a high rate")


def cell(settings: Settings, reasons: Mapping[str, str], task_type: str) -> str:
    """The source of the method cell."""
    arguments = {"task_type": task_type, "num_virtual_tokens": settings.num_virtual_tokens}
    return (
        f"from peft import {CONFIG}\n\n"
        f"peft_config = {call(CONFIG, arguments, reasons)}\n\n"
        "# What the prefix starts from; the train cell fills it in.\n"
        f"{assign('prefix_text', settings.prefix_text)}\n"
    )


_AFTER = """\
import torch
from peft import initialize_kv_prefix_from_past_key_values

# A random prefix drowns out what the model knows. So it starts as the base's own keys and
# values of a text: repeated, so that it is long enough, and cut to the prefix's length.
length = peft_config.num_virtual_tokens
text = tokenizer(
    prefix_text * length, truncation=True, max_length=length, return_tensors="pt"
)
with torch.no_grad():
    read = trainer.model.base_model(**text.to(trainer.model.device), use_cache=True)
initialize_kv_prefix_from_past_key_values(
    trainer.model, past_key_values=read.past_key_values
)
"""


def in_train(settings: Settings) -> InTrainCell:
    """Fill the prefix once there is a model with one."""
    return InTrainCell(after=_AFTER)


METHODS = (
    soft_prompt(
        CONFIG,
        DEFAULTS,
        id="prefix-tuning",
        order=60,
        label="Prefix tuning",
        summary="Puts learned memories in front of every text: keys and values that each block of the model attends to.",
        trains="A key and a value for each virtual token in every block. No weight of the model.",
        choose_when="Little compute, generating text, and one base that serves many small adapters.",
        speaks_against={
            "few-rows": "It is slow to learn, and sensitive to its length.",
        },
        watch_for=(
            "Its length matters: too short learns little, too long takes room from the text. It cannot be trained "
            "with activation checkpointing, and what it scores before the first step is not the base's loss."
        ),
        settings=Settings,
        trainable=trainable,
        learning_rate=learning_rate,
        cell=cell,
        in_train=in_train,
        not_for_encoders=Obstacle(
            "A prefix stands in a model's memory of what it has read, and an encoder has none: it reads a text at once.",
            "Take BitFit, which trains as little.",
        ),
        checkpointing=False,
        pace=0.9,
        rates=(1e-3, 1e-1),
    ),
)
