"""BitFit: only the biases train, in models that have some or are given some."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from pydantic import BaseModel, ConfigDict

from ftkit.fields import Choice, Machine, ModelShape, assign, setting
from ftkit.methods.method import InTrainCell, Method, Obstacle

CAN_BE_GIVEN = {"llama", "smollm3"}
"""Model types whose ``config.json`` can say that every linear layer of a block has biases."""


class Settings(BaseModel):
    """Which biases train."""

    model_config = ConfigDict(extra="forbid", frozen=True, title="BitFit")

    name: Literal["bitfit"] = "bitfit"
    biases: Literal["own", "add"] = setting(
        "own",
        label="Biases",
        help="'own' trains the biases that the model has. 'add' gives every linear layer that has none a bias of zero "
        "first; some tools that read the result ignore or refuse those.",
        choices=("own", "add"),
        variable="biases",
        hint="Try 'own', or 'add' for a model without biases.",
    )


def _all(shape: ModelShape) -> int:
    return shape.layers * sum(outputs for _, outputs in shape.linear_layers().values())


def trainable(settings: Settings, shape: ModelShape) -> int:
    """Exact number of parameters that train: one for each output of the linear layers that have biases."""
    return _all(shape) if settings.biases == "add" else shape.biases()


def adds(settings: Settings, shape: ModelShape) -> int:
    """The biases that the model did not have."""
    return trainable(settings, shape) - shape.biases()


def learning_rate(shape: ModelShape, steps: int) -> Choice:
    """Where to start: high, because there is little to move."""
    return Choice(5e-3, "only a few numbers train, and each has to move far")


def obstacle(settings: Settings, shape: ModelShape, machine: Machine) -> Obstacle | None:
    """Most present decoders have no biases, and not all can be given some."""
    can_be_given = shape.kind in CAN_BE_GIVEN
    if settings.biases == "add" and not can_be_given:
        return Obstacle(
            f"Biases cannot be added to a model of the kind {shape.kind or 'unknown'}: "
            "its config.json has no place that says so, and they would be lost when it is loaded.",
            "Take the biases that it has." if shape.biases() else "Take norm tuning, which trains as little.",
        )
    if settings.biases == "add" or shape.biases():
        return None
    remedy = "Take norm tuning, which trains as little."
    if can_be_given:
        remedy = (
            f"Take norm tuning, which trains as little; or set biases to 'add': {_all(shape):,} new ones that start at "
            "zero. The saved model then has biases that the original has not, which some tools that read its files "
            "ignore or refuse."
        )
    return Obstacle("This model has no biases, so there is nothing that BitFit could train.", remedy)


_CHOOSE = '''

def choose_what_trains(model):
    """Freeze everything but the biases."""
    if biases == "add":
        for layer in model.model.layers.modules():
            if isinstance(layer, nn.Linear) and layer.bias is None:
                # Zero changes nothing yet: the model still answers like the base.
                layer.bias = nn.Parameter(layer.weight.new_zeros(layer.out_features))
        # Saved with the model, so that they are there when it is loaded.
        model.config.attention_bias = model.config.mlp_bias = True
    for name, parameter in model.named_parameters():
        parameter.requires_grad_(name.endswith(".bias"))
'''


_NEW_HEAD = """\
    # What is above the blocks is new and has to learn as a whole.
    for name, parameter in model.named_parameters():
        if not name.startswith(f"{model.base_model_prefix}.") or ".pooler." in name:
            parameter.requires_grad_(True)
"""


def cell(settings: Settings, reasons: Mapping[str, str], task_type: str) -> str:
    """The source of the method cell."""
    head = _NEW_HEAD if task_type == "SEQ_CLS" else ""
    return (
        "from torch import nn\n\n"
        "# BitFit: only the biases train, the numbers that a layer adds to its result.\n"
        "peft_config = None\n"
        f"{assign('biases', settings.biases)}\n{_CHOOSE}{head}"
    )


METHODS = (
    Method(
        id="bitfit",
        order=50,
        label="BitFit",
        summary="Trains only the biases: the numbers that a layer adds to its result.",
        trains="The biases of the linear layers, in an encoder those of the norms too; every weight matrix stays as it is.",
        choose_when="A model that has biases, such as Qwen 2.5 or BERT, and a small change of style or a simple task.",
        speaks_for={
            "few-rows": "Only the biases train: little can be learned by heart.",
        },
        speaks_against={
            "complete": "It has little room for something altogether new.",
            "language": "It has little room for the language of a field.",
        },
        watch_for="Most present models have no biases: take norm tuning, or add some of zero. "
        "The run keeps a whole model although little of it changed.",
        merging="Nothing to merge: the result is a whole model. With added biases its files hold what the original's "
        "do not: plain Transformers loads them, some other tools ignore or refuse them.",
        merges=True,
        settings=Settings,
        trainable=trainable,
        learning_rate=learning_rate,
        cell=cell,
        adapter=False,
        marks={"peft_config": {"": None}, "biases": {}},
        in_train=lambda settings: InTrainCell(before="choose_what_trains(model)"),
        obstacle=obstacle,
        adds=adds,
        weight_decay=Choice(0.0, "the trainer never applies it to biases"),
        example={"biases": "add"},
        pace=0.71,
        rates=(1e-3, 1e-2),
    ),
)
