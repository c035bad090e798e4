"""P-tuning: a small network makes the vectors in front of the text."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, field_validator

from ftkit.fields import Choice, ModelShape, no_truth_value, setting
from ftkit.methods.adapted_layers import config_cell
from ftkit.methods.soft_prompts import SHORT_RUN, few_tokens, virtual_tokens

CONFIG = "PromptEncoderConfig"
DEFAULTS: dict[str, Any] = {"num_virtual_tokens": None, "encoder_hidden_size": None}
"""PEFT's own defaults."""


class Settings(BaseModel):
    """The settings of P-tuning, named as in PEFT's ``PromptEncoderConfig``."""

    model_config = ConfigDict(extra="forbid", frozen=True, title="P-tuning")

    name: Literal["p-tuning"] = "p-tuning"
    num_virtual_tokens: int = virtual_tokens(f"{CONFIG}.num_virtual_tokens")
    encoder_hidden_size: int = setting(
        128,
        label="Width of the network",
        help="The width of the small network that makes the vectors. It is thrown away after the training.",
        usual=(64, 512),
        argument=f"{CONFIG}.encoder_hidden_size",
        when_overfitting="Lower it.",
        when_underfitting="Raise it, after the learning rate.",
        too_low="the virtual tokens can hardly be moved.",
        too_high="more to train, with nothing gained.",
        hint="Try 128; 64 to 512 are usual.",
        gt=0,
    )

    _numbers = field_validator("num_virtual_tokens", "encoder_hidden_size", mode="before")(no_truth_value)


def trainable(settings: Settings, shape: ModelShape) -> int:
    """Exact number of parameters that train: the vectors, and three layers with biases that rework them."""
    hidden, width = shape.hidden, settings.encoder_hidden_size
    network = (hidden + 1) * width + (width + 1) * width + (width + 1) * hidden
    return settings.num_virtual_tokens * hidden + network


def learning_rate(shape: ModelShape, steps: int) -> Choice:
    """Where to start: measured on the starter model, where 5e-3 learned more in 30 steps than 1e-3."""
    if steps < SHORT_RUN:
        return Choice(5e-3, "a small network that starts from nothing, and a short run: a high rate")
    return Choice(1e-3, "a small network that starts from nothing: higher than for LoRA")


cell = config_cell(CONFIG, DEFAULTS)
"""The method cell."""

METHODS = (
    few_tokens(
        CONFIG,
        DEFAULTS,
        id="p-tuning",
        order=62,
        label="P-tuning",
        summary="Prompt tuning whose vectors come out of a small network that trains with them.",
        trains="A vector for each virtual token and three small layers. No weight of the model.",
        choose_when="Prompt tuning learns too slowly or depends too much on the text it starts from.",
        watch_for=(
            "Only the finished vectors are saved, as small as prompt tuning's. What it scores before the first step "
            "is not the base's loss."
        ),
        settings=Settings,
        trainable=trainable,
        learning_rate=learning_rate,
        cell=cell,
        pace=0.95,
        rates=(5e-4, 2e-2),
    ),
)
