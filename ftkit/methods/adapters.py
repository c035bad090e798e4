"""Bottleneck adapters: a narrow layer after parts of each block trains, the model itself stays as it is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, field_validator

from ftkit.fields import Choice, ModelShape, assign, comment, no_truth_value, setting
from ftkit.methods.method import InTrainCell, Method

# How many adapters a block gets, and where they are.
_PLACES = {
    "pfeiffer": (1, "after the feed-forward part of each block"),
    "houlsby": (2, "after attention and after the feed-forward part of each block"),
}


class Settings(BaseModel):
    """The settings of bottleneck adapters."""

    model_config = ConfigDict(extra="forbid", frozen=True, title="Adapters")

    name: Literal["adapters"] = "adapters"
    size: int = setting(
        64,
        label="Size",
        help="How much each adapter can hold: the width of its narrow layer.",
        usual=(8, 256),
        variable="adapter_size",
        when_overfitting="Lower it.",
        when_underfitting="Raise it.",
        too_low="the adapters have no room for what the examples show.",
        too_high="more memory and slower answers.",
        hint="Try 64; 8 to 256 are usual.",
        gt=0,
    )
    placement: Literal["pfeiffer", "houlsby"] = setting(
        "pfeiffer",
        label="Placement",
        help="Where adapters go: pfeiffer puts one after the feed-forward part of each block, houlsby one more "
        "after attention, which learns a little better and takes twice the parameters.",
        variable="adapter_placement",
        when_overfitting="Take pfeiffer.",
        when_underfitting="Take houlsby.",
        hint="Try 'pfeiffer', or 'houlsby'.",
    )
    dropout: float = setting(
        0.0,
        label="Dropout",
        help="The share of the narrow layer that is switched off at random, so that it cannot rely on one detail.",
        usual=(0.0, 0.2),
        variable="adapter_dropout",
        when_overfitting="Raise it.",
        when_underfitting="Lower it.",
        too_low="on few examples the adapters learn them by heart.",
        too_high="they learn slowly, for much of what they read is switched off.",
        hint="Try 0; 0 to 0.2 are usual.",
        ge=0,
        lt=1,
    )

    _numbers = field_validator("size", "dropout", mode="before")(no_truth_value)


def trainable(settings: Settings, shape: ModelShape) -> int:
    """Exact number of parameters that train: the way down, the way up and their biases, for every adapter."""
    places, _ = _PLACES[settings.placement]
    each = 2 * shape.hidden * settings.size + settings.size + shape.hidden
    return shape.layers * places * each


def learning_rate(shape: ModelShape, steps: int) -> Choice:
    """Where to start: as high as a small model and a short run need."""
    if shape.parameters < 1_000_000_000 and steps < 200:
        return Choice(1e-3, "a small model and a short run: adapters start at zero and have far to go")
    if shape.parameters < 3_000_000_000:
        return Choice(3e-4, "a good start for adapters on a model below 3 billion parameters")
    return Choice(1e-4, "the usual start for adapters on a model of 3 billion parameters or more")


def cell(settings: Settings, reasons: Mapping[str, str], task_type: str) -> str:
    """The source of the method cell."""
    _, where = _PLACES[settings.placement]
    about = (
        f"Bottleneck adapters: a narrow layer {where} trains, the model itself stays as it is. PEFT has none, so "
        "there is no peft_config; the train cell adds ftkit's."
    )
    lines = [
        comment(about),
        assign("peft_config", None),
        assign("adapter_size", settings.size),
        assign("adapter_placement", settings.placement),
        assign("adapter_dropout", settings.dropout),
    ]
    return "\n".join([*lines, ""])


_BEFORE = """\
from ftkit import add_adapters

# The model is frozen and gets the adapters. They start at zero: it still answers as before.
add_adapters(
    model,
    size=adapter_size,
    placement=adapter_placement,
    dropout=adapter_dropout,
    seed=args.seed,
)
"""


def _in_train(settings: Any) -> InTrainCell:
    return InTrainCell(before=_BEFORE, hands_over_config=False)


METHODS = (
    Method(
        id="adapters",
        order=40,
        label="Adapters",
        summary="Leaves the model as it is and trains a narrow layer after parts of each block.",
        trains="The adapters: in each, a way down to a few numbers and a way up again. In a classifier its head, too.",
        choose_when="Several tasks over one base: each is a small file, and they are swapped at will.",
        speaks_for={
            "several": "Made for several tasks over one base: each is a small file, swapped at will.",
        },
        speaks_against={
            "complete": "Narrow layers have little room for something altogether new.",
        },
        watch_for="Every answer takes about a tenth longer, for the adapters stay layers of their own. Programs other "
        "than Python with Transformers cannot load them.",
        merging="It cannot: a bend between the two ways (a nonlinearity) keeps them from becoming part of the base's "
        "weights. The saved folder holds a file that loads them without ftkit.",
        merges=False,
        settings=Settings,
        trainable=trainable,
        learning_rate=learning_rate,
        cell=cell,
        marks={"peft_config": {"": None}, "adapter_size": {}},
        in_train=_in_train,
        pace=0.75,
        rates=(1e-4, 3e-3),
    ),
)
