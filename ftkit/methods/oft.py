"""OFT: each layer's weights are turned, block by block, and neither stretched nor bent."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, field_validator

from ftkit.fields import Choice, ModelShape, no_truth_value, setting
from ftkit.methods.adapted_layers import Layers, config_cell, layers_setting
from ftkit.methods.method import Method

CONFIG = "OFTConfig"
DEFAULTS: dict[str, Any] = {"oft_block_size": 32, "module_dropout": 0.0, "target_modules": None}


class Settings(BaseModel):
    """The settings of OFT, named as in PEFT's ``OFTConfig``."""

    model_config = ConfigDict(extra="forbid", frozen=True, title="OFT")

    name: Literal["oft"] = "oft"
    oft_block_size: int = setting(
        32,
        label="Block size",
        help="How many numbers are turned together. Larger blocks can learn more; where it does not divide a layer's width, "
        "PEFT takes the nearest number that does.",
        usual=(8, 64),
        argument="OFTConfig.oft_block_size",
        when_overfitting="Halve it.",
        when_underfitting="Double it.",
        too_low="there is little that such small turns can change.",
        too_high="time and memory grow with it, and so does the room to learn the examples by heart.",
        hint="Try 32.",
        ge=2,
    )
    module_dropout: float = setting(
        0.0,
        label="Dropout",
        help="The share of blocks that are left unturned at random, so that the model cannot rely on one of them.",
        usual=(0.0, 0.2),
        argument="OFTConfig.module_dropout",
        when_overfitting="Raise it.",
        when_underfitting="Lower it.",
        too_low="on few examples the model learns them by heart.",
        too_high="it learns slowly, for many turns are left out.",
        hint="Try 0; 0 to 0.2 are usual.",
        ge=0,
        lt=1,
    )
    target_modules: Layers = layers_setting(
        "OFTConfig",
        "Which layers are turned: all of them learns best; only q_proj and v_proj is cheaper and weaker.",
    )

    _numbers = field_validator("oft_block_size", "module_dropout", mode="before")(no_truth_value)


def block_size(wanted: int, inputs: int) -> int:
    """The size that PEFT takes: the nearest one that divides a layer's inputs, of two equally near the smaller."""
    if wanted >= inputs:
        return inputs
    above = next(size for size in range(wanted, inputs + 1) if inputs % size == 0)
    below = next(size for size in range(wanted, 0, -1) if inputs % size == 0)
    return below if wanted - below <= above - wanted else above


def trainable(settings: Settings, shape: ModelShape) -> int:
    """Exact number of parameters that train: a turn of n numbers takes n (n - 1) / 2 angles."""
    count = 0
    for inputs, _ in shape.chosen_layers(settings.target_modules).values():
        size = block_size(settings.oft_block_size, inputs)
        count += (inputs // size) * (size * (size - 1) // 2)
    return shape.layers * count


def learning_rate(shape: ModelShape, steps: int) -> Choice:
    """Where to start."""
    if steps < 200:
        return Choice(1e-3, "a short run: the turns are small at first and have to grow")
    return Choice(3e-4, "the usual start: a turn moves every output of its block at once")


METHODS = (
    Method(
        id="oft",
        order=19,
        label="OFT",
        summary="Turns the weights of each layer in small blocks, and leaves lengths and angles between them as they are.",
        trains="The angles by which blocks of each chosen layer's inputs are turned; nothing else.",
        choose_when="The model shall learn something new and forget as little as can be of what it knows.",
        speaks_for={"language": "Turning weights changes less of what the model knows than adding to them."},
        speaks_against={"no-card": "Its steps are slow without a graphics card."},
        watch_for="A step takes longer than LoRA's, and memory grows with the block size.",
        merging="Each layer's weights are turned for good: the result is a model like the base, and as fast.",
        merges=True,
        settings=Settings,
        trainable=trainable,
        learning_rate=learning_rate,
        cell=config_cell(CONFIG, DEFAULTS),
        config=CONFIG,
        defaults=DEFAULTS,
        marks={CONFIG: {}},
        weight_decay=Choice(0.0, "the weights keep their lengths by themselves"),
        pace=1.5,
        rates=(5e-5, 5e-3),
    ),
)
