"""AdaLoRA: LoRA that moves its rank, while it trains, to the layers where it helps most."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationInfo, field_validator

from ftkit.fields import AUTO, Auto, Choice, ModelShape, no_truth_value, setting
from ftkit.methods.adapted_layers import (
    INPUT_DROPOUT,
    Layers,
    alpha_setting,
    config_call,
    dropout_setting,
    layers_setting,
)
from ftkit.methods.lora_settings import learning_rate as lora_rate
from ftkit.methods.method import InTrainCell, Method

CONFIG = "AdaLoraConfig"
DEFAULTS: dict[str, Any] = {
    "init_r": 12, "target_r": 8, "lora_alpha": 8, "lora_dropout": 0.0, "target_modules": None, "total_step": None,
}  # fmt: skip


class Settings(BaseModel):
    """The settings of AdaLoRA, named as in PEFT's ``AdaLoraConfig``."""

    model_config = ConfigDict(extra="forbid", frozen=True, title="AdaLoRA")

    name: Literal["adalora"] = "adalora"
    init_r: int = setting(
        24,
        label="Rank at first",
        help="How much each layer's adapter can hold in the beginning.",
        usual=(6, 96),
        argument="AdaLoraConfig.init_r",
        when_overfitting="Lower it, and the rank in the end with it.",
        when_underfitting="Raise it, and the rank in the end with it.",
        too_low="there is hardly anything to take away from, and it is plain LoRA.",
        too_high="more memory and time, and most of it is taken away again.",
        hint="Try 24: half as much again as in the end.",
        gt=1,
    )
    target_r: int = setting(
        16,
        label="Rank in the end",
        help="What is left of it, on average over the layers: some keep more, some less.",
        usual=(4, 64),
        argument="AdaLoraConfig.target_r",
        when_overfitting="Lower it.",
        when_underfitting="Raise it, and the rank at first with it.",
        too_low="the adapter has no room for what the examples show.",
        too_high="nothing is taken away, and it is a slow LoRA.",
        hint="Try 16.",
        gt=0,
    )
    lora_alpha: Annotated[int, Field(gt=0)] | Auto = alpha_setting(
        "AdaLoraConfig.lora_alpha", "Try the same number as the rank at first, or 'auto'."
    )
    lora_dropout: float = dropout_setting(
        0.1, "AdaLoraConfig.lora_dropout", INPUT_DROPOUT, "Try 0.1; 0 to 0.2 are usual."
    )
    target_modules: Layers = layers_setting(
        "AdaLoraConfig",
        "Which layers get an adapter; how much each keeps is found out while training.",
    )

    _numbers = field_validator("init_r", "target_r", "lora_alpha", "lora_dropout", mode="before")(
        no_truth_value
    )

    @field_validator("target_r")
    @classmethod
    def _shrinks(cls, value: int, known: ValidationInfo) -> int:
        if value >= known.data.get("init_r", value + 1):
            raise ValueError("less than the rank at first, from which it shrinks")
        return value


def resolve(settings: Settings) -> tuple[Settings, dict[str, str]]:
    """Fill alpha: as large as the rank at first, so that the scale is 1."""
    if settings.lora_alpha != AUTO:
        return settings, {}
    return settings.model_copy(update={"lora_alpha": settings.init_r}), {
        "lora_alpha": "as large as the rank at first: scale 1"
    }


def trainable(settings: Settings, shape: ModelShape) -> int:
    """Exact number of parameters that train at first: rank × (inputs + outputs + 1) for every layer chosen."""
    layers = shape.chosen_layers(settings.target_modules).values()
    return shape.layers * settings.init_r * sum(inputs + outputs + 1 for inputs, outputs in layers)


def learning_rate(shape: ModelShape, steps: int) -> Choice:
    """Where to start: twice LoRA's, because a third factor starts at zero."""
    plain = lora_rate(shape, steps)
    return Choice(
        plain.value * 2, "twice plain LoRA's: its adapters have three factors, and one starts at zero"
    )


def cell(settings: Settings, reasons: Mapping[str, str], task_type: str) -> str:
    """The source of the method cell."""
    reasons = {**reasons, "total_step": "known when the training starts: see the train cell"}
    made = config_call(CONFIG, DEFAULTS, settings, reasons, task_type, {"total_step": 1})
    return f"from peft import {CONFIG}\n\n{made}"


_AFTER = """\
from transformers import TrainerCallback


# AdaLoRA moves its rank to where it helps most. It has to be told how long the training is, and
# after each step that there was one.
class MoveRank(TrainerCallback):
    def on_train_begin(self, args, state, control, model, **more):
        config = model.peft_config["default"]
        config.total_step = state.max_steps
        config.tinit, config.tfinal = state.max_steps // 10, state.max_steps // 3

    def on_optimizer_step(self, args, state, control, model, **more):
        model.base_model.update_and_allocate(state.global_step + 1)

    # In the end the best step's weights are loaded: with the ranks that the layers had then.
    def on_save(self, args, state, control, model, **more):
        if control.should_training_stop and state.best_model_checkpoint and args.load_best_model_at_end:
            best = AdaLoraConfig.from_pretrained(state.best_model_checkpoint)
            model.peft_config["default"].rank_pattern = best.rank_pattern


trainer.add_callback(MoveRank())
"""


def in_train(settings: Settings) -> InTrainCell:
    """What tells it how far the training is."""
    return InTrainCell(after=_AFTER)


METHODS = (
    Method(
        id="adalora",
        order=17,
        label="AdaLoRA",
        summary="LoRA that starts with more rank than it may keep and takes it away where it helps least.",
        trains="Three small matrices beside each chosen linear layer; which of their columns stay is found out on the way.",
        choose_when="The adapter has to be small, and you do not know which layers need it.",
        speaks_for={"lora-short": "It moves the rank to the layers that need it."},
        speaks_against={"few-rows": "A short run leaves it no time to find out where rank helps."},
        watch_for="It needs a run of some hundred steps: on a short one there is no time to find out what helps. "
        "A resumed run measures anew what helps.",
        merging="The product of the three is added to its layer: the result is a model like the base, and as fast.",
        merges=True,
        settings=Settings,
        trainable=trainable,
        learning_rate=learning_rate,
        cell=cell,
        config=CONFIG,
        defaults=DEFAULTS,
        marks={CONFIG: {}},
        resolve=resolve,
        in_train=in_train,
        pace=1.3,
        rates=(1e-4, 5e-3),
    ),
)
