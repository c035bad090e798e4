"""LoRA and its relatives: a pair of small matrices trains beside each frozen weight matrix.

The relatives are presets: LoRA with one thing set otherwise, each with an id of its own.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ftkit.fields import Machine, ModelShape, Source, call, setting
from ftkit.methods.adapted_layers import config_call, config_cell
from ftkit.methods.lora_settings import (
    CONFIG,
    DEFAULTS,
    Settings,
    half_rate,
    learning_rate,
    resolve,
    resolve_rank_stabilised,
    settings_named,
    trainable,
    with_magnitudes,
)
from ftkit.methods.method import Cell, InTrainCell, Method, Obstacle

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
_DOES_NOT_MERGE = (
    "It cannot: over eight bits what flows through the model is rounded, too, and a whole model without "
    "that rounding gives other answers. A next run can train the adapter on."
)
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
        settings=settings_named("dora", "DoRA"),
        trainable=with_magnitudes,
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
        settings=settings_named("rslora", "rsLoRA"),
        resolve=resolve_rank_stabilised,
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
        settings=settings_named(
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
        # In half precision the two parts of a weight do not add up to it: the base would be another one.
        whole_numbers=True,
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
        settings=settings_named("loraplus", "LoRA+", loraplus_lr_ratio=(float, _LORA_PLUS_RATIO)),
        learning_rate=half_rate,
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
        settings=settings_named("qlora", "QLoRA"),
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
        merging=_DOES_NOT_MERGE,
        merges=False,
        settings=settings_named("lora-8bit", "LoRA over 8 bits"),
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
