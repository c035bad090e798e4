"""VeRA: all layers share one pair of fixed random matrices, and only two small vectors a layer train."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, field_validator

from ftkit.fields import Choice, ModelShape, no_truth_value, setting
from ftkit.methods.adapted_layers import INPUT_DROPOUT, Layers, config_cell, dropout_setting, layers_setting
from ftkit.methods.method import Method

CONFIG = "VeraConfig"
DEFAULTS: dict[str, Any] = {"r": 256, "vera_dropout": 0.0, "target_modules": None}


class Settings(BaseModel):
    """The settings of VeRA, named as in PEFT's ``VeraConfig``."""

    model_config = ConfigDict(extra="forbid", frozen=True, title="VeRA")

    name: Literal["vera"] = "vera"
    r: int = setting(
        256,
        label="Rank",
        help="The width of the shared random matrices. It is far higher than LoRA's, as they are not trained.",
        usual=(64, 1024),
        argument="VeraConfig.r",
        when_overfitting="Lower it.",
        when_underfitting="Raise it.",
        too_low="the random matrices hold too little to choose from.",
        too_high="more time a step and larger files, for hardly anything.",
        hint="Try 256.",
        gt=0,
    )
    vera_dropout: float = dropout_setting(
        0.0, "VeraConfig.vera_dropout", INPUT_DROPOUT, "Try 0; 0 to 0.2 are usual."
    )
    target_modules: Layers = layers_setting(
        "VeraConfig",
        "Which layers get an adapter: all of them learns best; only q_proj and v_proj is cheaper and weaker.",
    )

    _numbers = field_validator("r", "vera_dropout", mode="before")(no_truth_value)


def trainable(settings: Settings, shape: ModelShape) -> int:
    """Exact number of parameters that train: the rank and the outputs of every layer chosen."""
    layers = shape.chosen_layers(settings.target_modules).values()
    return shape.layers * sum(settings.r + outputs for _, outputs in layers)


def learning_rate(shape: ModelShape, steps: int) -> Choice:
    """Where to start: about ten times LoRA's, because there is little to move."""
    if steps < 200:
        return Choice(1e-2, "only two vectors a layer train, and on a short run they have to move far")
    return Choice(4e-3, "about ten times LoRA's: only two vectors a layer train")


METHODS = (
    Method(
        id="vera",
        order=18,
        label="VeRA",
        summary="LoRA whose matrices are random, fixed and the same for all layers; only two vectors a layer train.",
        trains="For each chosen layer one number for each step of the rank and one for each output.",
        choose_when="Many adapters have to be kept or sent, and LoRA's are too large.",
        speaks_for={
            "few-rows": "So few numbers train that little can be learned by heart.",
        },
        speaks_against={"complete": "It has little room for something altogether new."},
        watch_for="It needs a far higher learning rate than LoRA, and learns less where the task is new to the model.",
        merging="The random matrices with their trained scales are multiplied out and added to each layer: the result is a "
        "model like the base, and as fast.",
        merges=True,
        settings=Settings,
        trainable=trainable,
        learning_rate=learning_rate,
        cell=config_cell(CONFIG, DEFAULTS),
        config=CONFIG,
        defaults=DEFAULTS,
        marks={CONFIG: {}},
        weight_decay=Choice(0.0, "it would pull the few numbers that train back to zero"),
        pace=1.3,
        rates=(1e-3, 5e-2),
    ),
)
