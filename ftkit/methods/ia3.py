"""IA3: each channel of a few layers gets a scale, and only the scales train."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationInfo, field_validator

from ftkit.fields import AUTO, Auto, Choice, ModelShape, call, setting
from ftkit.methods.adapted_layers import Module
from ftkit.methods.method import Method

CONFIG = "IA3Config"
DEFAULTS: dict[str, Any] = {"target_modules": None, "feedforward_modules": None}


class Settings(BaseModel):
    """Which layers are scaled, named as in PEFT's ``IA3Config``."""

    model_config = ConfigDict(extra="forbid", frozen=True, title="IA3")

    name: Literal["ia3"] = "ia3"
    target_modules: Annotated[list[Module], Field(min_length=1)] = setting(
        ["k_proj", "v_proj", "down_proj"],
        label="Layers",
        help="Which layers get scales. Keys, values and the feed-forward part are those of the method's inventors.",
        argument="IA3Config.target_modules",
        hint="Try ['k_proj', 'v_proj', 'down_proj'].",
    )
    feedforward_modules: list[Module] | Auto = setting(
        AUTO,
        label="Scaled at their input",
        help="Which of them are scaled where they take in numbers instead of where they give them out.",
        argument="IA3Config.feedforward_modules",
        hint="Try 'auto': down_proj, where it gets scales.",
    )

    @field_validator("feedforward_modules")
    @classmethod
    def _are_among_the_layers(cls, value: list[str] | str, known: ValidationInfo) -> list[str] | str:
        layers = known.data.get("target_modules")
        if isinstance(value, list) and layers is not None and not set(value) <= set(layers):
            raise ValueError("some of the layers that get scales, or 'auto'")
        return value


def resolve(settings: Settings) -> tuple[Settings, dict[str, str]]:
    """Scale ``down_proj`` at its input, as the method's inventors do."""
    if settings.feedforward_modules != AUTO:
        return settings, {}
    at_input = [name for name in settings.target_modules if name == "down_proj"]
    return settings.model_copy(update={"feedforward_modules": at_input}), {
        "feedforward_modules": "scaled where numbers go in; the others where they come out"
    }


def trainable(settings: Settings, shape: ModelShape) -> int:
    """Exact number of parameters that train: a scale for each output, or for each input where it is put there."""
    settings, _ = resolve(settings)
    count = 0
    for name, (inputs, outputs) in shape.chosen_layers(settings.target_modules).items():
        count += inputs if name in settings.feedforward_modules else outputs
    return shape.layers * count


def learning_rate(shape: ModelShape, steps: int) -> Choice:
    """Where to start: high, because there is little to move."""
    if steps < 200:
        return Choice(3e-2, "only a few numbers train, and on a short run each has to move far")
    return Choice(1e-2, "only a few numbers train, and each has to move far")


def cell(settings: Settings, reasons: Mapping[str, str], task_type: str) -> str:
    """The source of the method cell."""
    arguments = {
        "task_type": task_type,
        "target_modules": settings.target_modules,
        "feedforward_modules": settings.feedforward_modules,
    }
    return f"from peft import {CONFIG}\n\npeft_config = {call(CONFIG, arguments, reasons)}\n"


METHODS = (
    Method(
        id="ia3",
        order=45,
        label="IA3",
        summary="Gives each number that a few layers hand on a factor, 1 at first, and trains only these factors.",
        trains="A scale for every channel of the keys, the values and the feed-forward part of each block.",
        choose_when="As few parameters as can be, in a result that merges and takes no room in the prompt.",
        speaks_for={
            "few-rows": "So few numbers train that little can be learned by heart.",
            "memory-short": "What trains takes next to no memory.",
        },
        speaks_against={
            "complete": "It has little room for something altogether new.",
            "language": "It has little room for the language of a field.",
        },
        watch_for="Low capacity, and a high learning rate is needed. Leave weight decay at 0: it would pull the scales "
        "to 0, where a layer is mute, and not to 1, where it is as in the base.",
        merging="Each scale is multiplied into its layer: the result is a model like the base, and as fast.",
        merges=True,
        settings=Settings,
        trainable=trainable,
        learning_rate=learning_rate,
        cell=cell,
        config=CONFIG,
        defaults=DEFAULTS,
        marks={CONFIG: {}},
        resolve=resolve,
        weight_decay=Choice(
            0.0, "it would pull the scales to 0, where a layer is mute, and not to 1, where it is the base's"
        ),
        pace=0.75,
        rates=(3e-3, 5e-2),
    ),
)
