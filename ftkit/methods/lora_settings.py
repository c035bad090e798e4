"""What LoRA and its relatives share: the settings, what trains, and where the learning rate starts."""

from __future__ import annotations

import math
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, create_model, field_validator

from ftkit.fields import AUTO, Auto, Choice, ModelShape, no_truth_value, setting
from ftkit.methods.adapted_layers import INPUT_DROPOUT, Layers, alpha_setting, dropout_setting, layers_setting

CONFIG = "LoraConfig"
DEFAULTS: dict[str, Any] = {"r": 8, "lora_alpha": 8, "lora_dropout": 0.0, "target_modules": None}
"""PEFT's own defaults: an argument that equals its default is left out of the cell."""


class Shared(BaseModel):
    """The settings of LoRA, named as in PEFT's ``LoraConfig``."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    r: int = setting(
        16,
        label="Rank",
        help="How much the adapter can hold: the width of the small matrices.",
        usual=(4, 64),
        argument="LoraConfig.r",
        when_overfitting="Lower it, and alpha with it.",
        when_underfitting="Raise it, and alpha with it.",
        too_low="the adapter has no room for what the examples show.",
        too_high="more memory and time, and room to learn the examples by heart.",
        hint="Try 16; 4 to 64 are usual.",
        gt=0,
    )
    lora_alpha: Annotated[int, Field(gt=0)] | Auto = alpha_setting(
        "LoraConfig.lora_alpha", "Try the same number as the rank, or 'auto'."
    )
    lora_dropout: float = dropout_setting(
        0.1, "LoraConfig.lora_dropout", INPUT_DROPOUT, "Try 0.1; 0 to 0.2 are usual."
    )
    target_modules: Layers = layers_setting(
        "LoraConfig",
        "Which layers get an adapter: all of them learns best; only q_proj and v_proj is cheaper and weaker.",
    )

    _numbers = field_validator("r", "lora_alpha", "lora_dropout", mode="before")(no_truth_value)


class Settings(Shared):
    """The settings of plain LoRA."""

    model_config = ConfigDict(title="LoRA")

    name: Literal["lora"] = "lora"


def settings_named(method_id: str, label: str, **fields: Any) -> type[BaseModel]:
    """The same settings under another name; `fields` replace or add some."""
    named: Any = {"name": (Literal[method_id], method_id), **fields}
    return create_model(
        f"{label.replace(' ', '')}Settings", __base__=Shared, __doc__=f"The settings of {label}.", **named
    )


def _chosen(settings: Any, shape: ModelShape) -> list[tuple[int, int]]:
    return list(shape.chosen_layers(settings.target_modules).values())


def resolve(settings: Any) -> tuple[Any, dict[str, str]]:
    """Fill alpha: as large as the rank, so that the scale is 1 whatever the rank."""
    if settings.lora_alpha == AUTO:
        return settings.model_copy(update={"lora_alpha": settings.r}), {
            "lora_alpha": "as large as the rank: scale 1"
        }
    return settings, {}


def resolve_rank_stabilised(settings: Any) -> tuple[Any, dict[str, str]]:
    """With rsLoRA the scale is alpha ÷ √rank."""
    if settings.lora_alpha == AUTO:
        alpha = max(1, round(math.sqrt(settings.r)))
        return settings.model_copy(update={"lora_alpha": alpha}), {
            "lora_alpha": "the root of the rank: scale 1"
        }
    return settings, {}


def trainable(settings: Any, shape: ModelShape) -> int:
    """Exact number of parameters that train: rank × (inputs + outputs) for every layer chosen."""
    return shape.layers * settings.r * sum(inputs + outputs for inputs, outputs in _chosen(settings, shape))


def with_magnitudes(settings: Any, shape: ModelShape) -> int:
    """LoRA's, and one length for each output of a layer."""
    return trainable(settings, shape) + shape.layers * sum(outputs for _, outputs in _chosen(settings, shape))


def learning_rate(shape: ModelShape, steps: int) -> Choice:
    """Where to start: high for a small model and a short run, 1e-4 from about three billion parameters."""
    if shape.parameters < 1_000_000_000 and steps < 200:
        return Choice(5e-4, "a small model and a short run: LoRA needs a high rate to get anywhere")
    if shape.parameters < 3_000_000_000:
        return Choice(2e-4, "the usual start for LoRA on a model below 3 billion parameters")
    return Choice(1e-4, "the usual start for LoRA on a model of 3 billion parameters or more")


def half_rate(shape: ModelShape, steps: int) -> Choice:
    """Half of LoRA's."""
    plain = learning_rate(shape, steps)
    return Choice(plain.value / 2, "half of plain LoRA's, because the second matrix learns faster")
