"""LoRA: a pair of small matrices trains beside each frozen weight matrix."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

from ftkit.fields import AUTO, Auto, Choice, ModelShape, call, no_truth_value, setting

ID = "lora"
ORDER = 10
LABEL = "LoRA"
SUMMARY = "Leaves the model as it is and trains a pair of small matrices beside each of its layers."
CHOOSE_WHEN = "Almost always the first to try: quick, small files, and the base model stays untouched."
WATCH_FOR = "Too high a rank or alpha on little data learns the examples by heart."
MERGES = True
ADAPTER = True
CONFIG = "LoraConfig"
DEFAULTS: dict[str, Any] = {"r": 8, "lora_alpha": 8, "lora_dropout": 0.0, "target_modules": None}
"""PEFT's own defaults: an argument that equals its default is left out of the cell."""

Module = Literal["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"]


class Settings(BaseModel):
    """The settings of LoRA, named as in PEFT's ``LoraConfig``."""

    model_config = ConfigDict(extra="forbid", frozen=True, title=LABEL)

    name: Literal["lora"] = "lora"
    r: int = setting(
        16,
        label="Rank",
        help="How much the adapter can hold: the width of the small matrices.",
        usual=(4, 64),
        argument="LoraConfig.r",
        when_overfitting="Lower it, and alpha with it.",
        when_underfitting="Raise it, and alpha with it.",
        hint="Try 16; 4 to 64 are usual.",
        gt=0,
    )
    lora_alpha: Annotated[int, Field(gt=0)] | Auto = setting(
        AUTO,
        label="Alpha",
        help="How strongly the adapter counts: the model adds alpha ÷ rank times what the adapter says.",
        usual=(4, 128),
        argument="LoraConfig.lora_alpha",
        when_overfitting="Lower it.",
        when_underfitting="Raise it.",
        hint="Try the same number as the rank, or 'auto'.",
    )
    lora_dropout: float = setting(
        0.1,
        label="Dropout",
        help="The share of the adapter's input that is switched off at random, so that it cannot rely on one detail.",
        usual=(0.0, 0.2),
        argument="LoraConfig.lora_dropout",
        when_overfitting="Raise it.",
        when_underfitting="Lower it.",
        hint="Try 0.1; 0 to 0.2 are usual.",
        ge=0,
        lt=1,
    )
    target_modules: Literal["all-linear"] | Annotated[list[Module], Field(min_length=1)] = setting(
        "all-linear",
        label="Layers",
        help="Which layers get an adapter: all of them learns best; only q_proj and v_proj is cheaper and weaker.",
        argument="LoraConfig.target_modules",
        hint="Try 'all-linear', or a list such as ['q_proj', 'v_proj'].",
    )

    _numbers = field_validator("r", "lora_alpha", "lora_dropout", mode="before")(no_truth_value)


def resolve(settings: Settings) -> tuple[Settings, dict[str, str]]:
    """Fill alpha: as large as the rank, so that the scale is 1 whatever the rank."""
    if settings.lora_alpha == AUTO:
        return settings.model_copy(update={"lora_alpha": settings.r}), {
            "lora_alpha": "as large as the rank: scale 1"
        }
    return settings, {}


def trainable(settings: Settings, shape: ModelShape) -> int:
    """Exact number of parameters that train: rank × (inputs + outputs) for every layer chosen."""
    layers = shape.linear_layers()
    chosen = (
        layers if settings.target_modules == "all-linear" else {n: layers[n] for n in settings.target_modules}
    )
    return shape.layers * settings.r * sum(inputs + outputs for inputs, outputs in chosen.values())


def learning_rate(shape: ModelShape, steps: int) -> Choice:
    """Where to start: high for a small model and a short run, 1e-4 from about three billion parameters."""
    if shape.parameters < 1_000_000_000 and steps < 200:
        return Choice(5e-4, "a small model and a short run: LoRA needs a high rate to get anywhere")
    if shape.parameters < 3_000_000_000:
        return Choice(2e-4, "the usual start for LoRA on a model below 3 billion parameters")
    return Choice(1e-4, "the usual start for LoRA on a model of 3 billion parameters or more")


def cell(settings: Settings, reasons: dict[str, str]) -> str:
    """The source of the method cell."""
    arguments = {"task_type": "CAUSAL_LM", **settings.model_dump(exclude={"name"})}
    given = {name: value for name, value in arguments.items() if value != DEFAULTS.get(name)}
    return f"from peft import {CONFIG}\n\npeft_config = {call(CONFIG, given, reasons)}\n"
