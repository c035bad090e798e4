"""LoRA and its relatives: a pair of small matrices trains beside each frozen weight matrix.

The relatives are presets: LoRA with one thing set otherwise, each with an id of its own.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, create_model, field_validator

from ftkit.fields import (
    AUTO,
    Auto,
    Choice,
    Machine,
    ModelShape,
    Source,
    call,
    no_truth_value,
    setting,
)
from ftkit.methods.adapted_layers import (
    INPUT_DROPOUT,
    Layers,
    config_call,
    config_cell,
    dropout_setting,
    layers_setting,
)
from ftkit.methods.method import Cell, InTrainCell, Method, Obstacle

CONFIG = "LoraConfig"
DEFAULTS: dict[str, Any] = {"r": 8, "lora_alpha": 8, "lora_dropout": 0.0, "target_modules": None}
"""PEFT's own defaults: an argument that equals its default is left out of the cell."""


class _Shared(BaseModel):
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
    lora_alpha: Annotated[int, Field(gt=0)] | Auto = setting(
        AUTO,
        label="Alpha",
        help="How strongly the adapter counts: the model adds alpha ÷ rank times what the adapter says.",
        usual=(4, 128),
        argument="LoraConfig.lora_alpha",
        when_overfitting="Lower it.",
        when_underfitting="Raise it.",
        too_low="the adapter is hardly heard.",
        too_high="it acts like a learning rate that is too high.",
        hint="Try the same number as the rank, or 'auto'.",
    )
    lora_dropout: float = dropout_setting(
        0.1, "LoraConfig.lora_dropout", INPUT_DROPOUT, "Try 0.1; 0 to 0.2 are usual."
    )
    target_modules: Layers = layers_setting(
        "LoraConfig",
        "Which layers get an adapter: all of them learns best; only q_proj and v_proj is cheaper and weaker.",
    )

    _numbers = field_validator("r", "lora_alpha", "lora_dropout", mode="before")(no_truth_value)


class Settings(_Shared):
    """The settings of plain LoRA."""

    model_config = ConfigDict(title="LoRA")

    name: Literal["lora"] = "lora"


def _settings(method_id: str, label: str, **fields: Any) -> type[BaseModel]:
    """The same settings under another name; `fields` replace or add some."""
    named: Any = {"name": (Literal[method_id], method_id), **fields}
    return create_model(
        f"{label.replace(' ', '')}Settings", __base__=_Shared, __doc__=f"The settings of {label}.", **named
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


def _resolve_rank_stabilised(settings: Any) -> tuple[Any, dict[str, str]]:
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


def _with_magnitudes(settings: Any, shape: ModelShape) -> int:
    """LoRA's, and one length for each output of a layer."""
    return trainable(settings, shape) + shape.layers * sum(outputs for _, outputs in _chosen(settings, shape))


def learning_rate(shape: ModelShape, steps: int) -> Choice:
    """Where to start: high for a small model and a short run, 1e-4 from about three billion parameters."""
    if shape.parameters < 1_000_000_000 and steps < 200:
        return Choice(5e-4, "a small model and a short run: LoRA needs a high rate to get anywhere")
    if shape.parameters < 3_000_000_000:
        return Choice(2e-4, "the usual start for LoRA on a model below 3 billion parameters")
    return Choice(1e-4, "the usual start for LoRA on a model of 3 billion parameters or more")


def _half(shape: ModelShape, steps: int) -> Choice:
    plain = learning_rate(shape, steps)
    return Choice(plain.value / 2, "half of plain LoRA's, because the second matrix learns faster")


cell = config_cell(CONFIG, DEFAULTS)
"""The method cell of plain LoRA."""


def _preset_cell(why: Mapping[str, str], **fixed: Any) -> Cell:
    """A cell that fixes some arguments, each with a comment on what it does."""

    def written(settings: Any, reasons: Mapping[str, str], task_type: str) -> str:
        return f"from peft import {CONFIG}\n\n{config_call(CONFIG, DEFAULTS, settings, {**reasons, **why}, task_type, fixed)}"

    return written


# -- LoRA+: two learning rates ------------------------------------------------------------------------

_LORA_PLUS_RATIO = setting(
    16,
    label="Learning rates' ratio",
    help="How many times faster the second matrix of each pair learns than the first.",
    usual=(2, 32),
    variable="loraplus_lr_ratio",
    too_low="it is plain LoRA.",
    too_high="the second matrix jumps about, and the loss with it.",
    hint="Try 16; 2 to 32 are usual.",
    ge=1,
)


def _plus_cell(settings: Any, reasons: Mapping[str, str], task_type: str) -> str:
    return (
        f"{cell(settings, reasons, task_type)}\n"
        "# LoRA+: the second matrix of each pair starts at zero, so it learns with a higher rate.\n"
        f"loraplus_lr_ratio = {settings.loraplus_lr_ratio!r}\n"
    )


_PLUS_BEFORE = """\
from peft import get_peft_model
from peft.optimizers import create_loraplus_optimizer
from torch.optim import AdamW

# LoRA+ sorts the matrices itself, so it needs them before there is a trainer.
model = get_peft_model(model, peft_config)
optimizer = create_loraplus_optimizer(
    model,
    AdamW,
    lr=args.learning_rate,
    loraplus_lr_ratio=loraplus_lr_ratio,
    loraplus_weight_decay=args.weight_decay,
)
"""


def _in_train_plus(settings: Any) -> InTrainCell:
    return InTrainCell(
        before=_PLUS_BEFORE, trainer={"optimizers": Source("(optimizer, None)")}, hands_over_config=False
    )


# -- packed bases: QLoRA and 8 bit --------------------------------------------------------------------


def _packing(bits: int) -> str:
    """The lines that say how the frozen weights are packed."""
    arguments: dict[str, Any] = {f"load_in_{bits}bit": True}
    reasons = {f"load_in_{bits}bit": f"the frozen weights take {bits} bits each instead of 16 or 32"}
    if bits == 4:
        arguments |= {"bnb_4bit_quant_type": "nf4", "bnb_4bit_use_double_quant": True}
        reasons |= {
            "bnb_4bit_quant_type": "a 4-bit number format made for weights",
            "bnb_4bit_use_double_quant": "packs the packing's own numbers, too",
        }
    packing = call("BitsAndBytesConfig", arguments, reasons)
    return f"from transformers import BitsAndBytesConfig\n\nquantization_config = {packing}\n"


def _packed(bits: int) -> Cell:
    packing = _packing(bits)

    def written(settings: Any, more: Mapping[str, str], task_type: str) -> str:
        config = config_call(CONFIG, DEFAULTS, settings, more, task_type)
        return f"from peft import {CONFIG}\n{packing}{config}"

    return written


def _in_train_packed(settings: Any) -> InTrainCell:
    return InTrainCell(load={"quantization_config": Source("quantization_config")})


def _needs_bitsandbytes(settings: Any, shape: ModelShape, machine: Machine) -> Obstacle | None:
    if "bitsandbytes" in machine.packages:
        return None
    return Obstacle(
        "The package bitsandbytes, which packs the weights, is not installed.",
        "Run `pip install 'ftkit[quantization]'`, restart the kernel, or take LoRA.",
    )


_NOT_PACKED = Obstacle(
    "An encoder's weights are small, and the layers above its blocks, which have to train, would be packed, too.",
    "Take LoRA.",
)


# -- the list -----------------------------------------------------------------------------------------

_PAIRS = "A pair of small matrices beside each chosen linear layer of every block; nothing else."
_MERGES = "The product of each pair is added to its layer: the result is a model like the base, and as fast."
_PACKED_MERGES = "It is added to the unpacked base: the merged model is as large as the original one."


def _method(method_id: str, order: int, label: str, **more: Any) -> Method:
    """A row: what it does not state is plain LoRA's."""
    shared: dict[str, Any] = {
        "trains": _PAIRS,
        "merging": _MERGES,
        "merges": True,
        "trainable": trainable,
        "learning_rate": learning_rate,
        "cell": cell,
        "config": CONFIG,
        "defaults": DEFAULTS,
        "marks": {CONFIG: {}},
        "resolve": resolve,
    }
    return Method(id=method_id, order=order, label=label, **{**shared, **more})


METHODS = (
    _method(
        "lora",
        10,
        "LoRA",
        summary="Leaves the model as it is and trains a pair of small matrices beside each of its layers.",
        choose_when="Almost always the first to try: quick, small files, and the base model stays untouched.",
        speaks_for={
            "always": "The usual start: nearly as good as training everything, for a small share of the memory.",
            "several": "One small file a task, and they can be swapped.",
            "style": "Tone, form and role are what a small adapter learns well.",
        },
        speaks_against={
            "memory-short": "It takes most of the memory that there is.",
            "lora-short": "You had a run with it, and it fell short.",
        },
        watch_for="Too high a rank or alpha on little data learns the examples by heart.",
        settings=Settings,
        goes_on="",
        new_tokens="rows",
    ),
    _method(
        "dora",
        11,
        "DoRA",
        summary="LoRA that learns the length of each layer's weights apart from their direction.",
        trains="LoRA's pairs, and one length for each output of a chosen layer.",
        choose_when="LoRA falls a little short of full fine-tuning, or the rank has to be small.",
        speaks_for={
            "lora-short": "Made for this: it trains direction and strength apart, and comes closer to training everything.",
        },
        speaks_against={
            "no-card": "Its steps are slower than LoRA's, which is felt without a graphics card.",
        },
        watch_for="Each step takes longer than LoRA's.",
        settings=_settings("dora", "DoRA"),
        trainable=_with_magnitudes,
        cell=_preset_cell({"use_dora": "DoRA: direction and length apart"}, use_dora=True),
        goes_on="",
        new_tokens="rows",
        marks={CONFIG: {"use_dora": True}},
        pace=1.4,
    ),
    _method(
        "rslora",
        12,
        "rsLoRA",
        summary="LoRA whose strength does not fade as the rank grows.",
        choose_when="High ranks, 64 and more: with plain LoRA they learn hardly more than small ones.",
        speaks_for={
            "lora-short": "It makes higher ranks pay, where LoRA's small rank was the limit.",
        },
        watch_for="Its scale is alpha ÷ √rank: an alpha from a LoRA recipe is too strong here.",
        settings=_settings("rslora", "rsLoRA"),
        resolve=_resolve_rank_stabilised,
        cell=_preset_cell({"use_rslora": "rsLoRA: the scale is alpha ÷ √rank"}, use_rslora=True),
        goes_on="",
        new_tokens="rows",
        marks={CONFIG: {"use_rslora": True}},
    ),
    _method(
        "pissa",
        13,
        "PiSSA",
        summary="LoRA that starts from the strongest directions of the base's own weights instead of from nothing.",
        choose_when="The loss of a LoRA run falls too slowly, and you can wait for a slower start.",
        speaks_for={
            "lora-short": "It starts from the base's strongest directions, so its loss falls sooner.",
        },
        watch_for="It rewrites the base in memory while it trains; the result is saved as plain LoRA of twice the rank.",
        settings=_settings(
            "pissa",
            "PiSSA",
            lora_dropout=(
                float,
                setting(
                    0.0,
                    label="Dropout",
                    help="The share of the adapter's input that is switched off at random; here that is part of the base.",
                    usual=(0.0, 0.0),
                    argument="LoraConfig.lora_dropout",
                    too_high="parts of the base itself are switched off, and the loss starts high.",
                    hint="Leave it at 0.",
                    ge=0,
                    lt=1,
                ),
            ),
        ),
        cell=_preset_cell(
            {"init_lora_weights": "PiSSA: the base's strongest directions"}, init_lora_weights="pissa"
        ),
        marks={CONFIG: {"init_lora_weights": "pissa"}},
        rewrites_base=True,
    ),
    _method(
        "loraplus",
        14,
        "LoRA+",
        summary="LoRA whose two matrices learn at different rates.",
        choose_when="LoRA learns too slowly, and a higher learning rate makes it unstable.",
        speaks_for={
            "lora-short": "It learns faster than LoRA at the same cost.",
        },
        watch_for="One more number to choose; start with half of LoRA's learning rate.",
        settings=_settings("loraplus", "LoRA+", loraplus_lr_ratio=(float, _LORA_PLUS_RATIO)),
        learning_rate=_half,
        cell=_plus_cell,
        marks={CONFIG: {}, "loraplus_lr_ratio": {}},
        in_train=_in_train_plus,
    ),
    _method(
        "qlora",
        15,
        "QLoRA",
        summary="LoRA beside weights that are packed into four bits each.",
        choose_when="Memory is the limit: a model four times as large fits.",
        speaks_for={
            "memory-short": "The frozen weights take four bits each instead of 16 or 32.",
            "several": "One small file a task, and they can be swapped.",
        },
        speaks_against={
            "no-card": "Without a graphics card little of the memory is saved: loading takes the full size.",
        },
        watch_for="Needs the package bitsandbytes. A step is slower than LoRA's, not faster.",
        merging=_PACKED_MERGES,
        settings=_settings("qlora", "QLoRA"),
        cell=_packed(4),
        goes_on=_packing(4),
        marks={CONFIG: {}, "BitsAndBytesConfig": {"load_in_4bit": True}},
        in_train=_in_train_packed,
        not_for_encoders=_NOT_PACKED,
        obstacle=_needs_bitsandbytes,
        frozen_bytes=0.56,
        pace=1.2,
    ),
    _method(
        "lora-8bit",
        16,
        "LoRA over 8 bits",
        summary="LoRA beside weights that are packed into eight bits each.",
        choose_when="Memory is short and four bits lose too much.",
        speaks_for={
            "memory-short": "The frozen weights take eight bits each instead of 16 or 32.",
            "several": "One small file a task, and they can be swapped.",
        },
        speaks_against={
            "no-card": "Without a graphics card little of the memory is saved: loading takes the full size.",
        },
        watch_for="Needs the package bitsandbytes, and is slower than four bits on most cards.",
        merging=_PACKED_MERGES,
        settings=_settings("lora-8bit", "LoRA over 8 bits"),
        cell=_packed(8),
        goes_on=_packing(8),
        marks={CONFIG: {}, "BitsAndBytesConfig": {"load_in_8bit": True}},
        in_train=_in_train_packed,
        not_for_encoders=_NOT_PACKED,
        obstacle=_needs_bitsandbytes,
        frozen_bytes=1.05,
        pace=1.3,
    ),
)
