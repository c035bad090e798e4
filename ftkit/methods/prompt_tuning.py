"""Prompt tuning: learned vectors in front of the text, as if they were its first words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, field_validator

from ftkit.fields import Choice, ModelShape, Source, call, no_truth_value
from ftkit.methods.soft_prompts import SHORT_RUN, few_tokens, starting_text, virtual_tokens

CONFIG = "PromptTuningConfig"
DEFAULTS: dict[str, Any] = {"num_virtual_tokens": None, "prompt_tuning_init_text": None}
"""PEFT's own defaults."""


class Settings(BaseModel):
    """The settings of prompt tuning, named as in PEFT's ``PromptTuningConfig``."""

    model_config = ConfigDict(extra="forbid", frozen=True, title="Prompt tuning")

    name: Literal["prompt-tuning"] = "prompt-tuning"
    num_virtual_tokens: int = virtual_tokens(f"{CONFIG}.num_virtual_tokens")
    prompt_tuning_init_text: str = starting_text(
        "The vectors start as the words of this text.", argument=f"{CONFIG}.prompt_tuning_init_text"
    )

    _number = field_validator("num_virtual_tokens", mode="before")(no_truth_value)


def trainable(settings: Settings, shape: ModelShape) -> int:
    """Exact number of parameters that train: one vector for each virtual token."""
    return settings.num_virtual_tokens * shape.hidden


def learning_rate(shape: ModelShape, steps: int) -> Choice:
    """Where to start: measured on the starter model, where 1e-1 learned more in 30 steps than 3e-2."""
    if steps < SHORT_RUN:
        return Choice(1e-1, "a few vectors have to steer the whole model in a short run: a very high rate")
    return Choice(3e-2, "a few vectors have to steer the whole model: a very high rate")


def cell(settings: Settings, reasons: Mapping[str, str], task_type: str) -> str:
    """The source of the method cell."""
    arguments = {
        "task_type": task_type,
        "num_virtual_tokens": settings.num_virtual_tokens,
        "prompt_tuning_init": "TEXT",
        "prompt_tuning_init_text": settings.prompt_tuning_init_text,
        "tokenizer_name_or_path": Source("str(model_path)"),
    }
    why = {"prompt_tuning_init": "starts as words, not as noise"}
    return f"from peft import {CONFIG}\n\npeft_config = {call(CONFIG, arguments, {**reasons, **why})}\n"


METHODS = (
    few_tokens(
        CONFIG,
        DEFAULTS,
        id="prompt-tuning",
        order=61,
        label="Prompt tuning",
        summary="Puts a learned prompt in front of every text: vectors instead of words.",
        trains="One vector for each virtual token. No weight of the model.",
        choose_when="Steering a large model with the smallest adapter there is. First try a well-worded prompt.",
        watch_for=(
            "Weak on small models. The learned prompt cannot be read as words, and what it scores before the first "
            "step is not the base's loss."
        ),
        settings=Settings,
        trainable=trainable,
        learning_rate=learning_rate,
        cell=cell,
        pace=0.9,
        rates=(1e-2, 3e-1),
    ),
)
