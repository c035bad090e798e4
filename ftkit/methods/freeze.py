"""Feature extraction: the last blocks train, or the output head; everything below them stays as it is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from pydantic import BaseModel, ConfigDict, ValidationInfo, field_validator

from ftkit.fields import Choice, Machine, ModelShape, assign, no_truth_value, setting
from ftkit.methods.method import InTrainCell, Method, Obstacle


class Settings(BaseModel):
    """What of the model trains."""

    model_config = ConfigDict(extra="forbid", frozen=True, title="Feature extraction")

    name: Literal["freeze"] = "freeze"
    last_blocks: int = setting(
        2,
        label="Last blocks",
        help="How many of the model's last blocks train; the blocks below them keep what they know.",
        unit="blocks",
        usual=(1, 8),
        variable="last_blocks",
        when_overfitting="Fewer.",
        when_underfitting="More.",
        too_low="only what the model's upper end decides can change.",
        too_high="as much memory as training everything, and as much forgetting.",
        hint="Try 2; 0 only where the head trains.",
        ge=0,
    )
    head: Literal["frozen", "trained", "untied"] = setting(
        "frozen",
        label="Output head",
        help="Whether the layer that turns the last block's result into words trains. In models with tied embeddings "
        "the same matrix also reads the words: 'trained' changes both, 'untied' gives the head a matrix of its own.",
        choices=("frozen", "trained", "untied"),
        variable="head",
        when_overfitting="Freeze it.",
        when_underfitting="Train it.",
        hint="Try 'frozen', 'trained' or 'untied'.",
        validate_default=True,
    )

    _numbers = field_validator("last_blocks", mode="before")(no_truth_value)

    @field_validator("head")
    @classmethod
    def _something_trains(cls, value: str, known: ValidationInfo) -> str:
        if value == "frozen" and known.data.get("last_blocks") == 0:
            raise ValueError("'trained' or 'untied' where no block trains")
        return value


def trainable(settings: Settings, shape: ModelShape) -> int:
    """Exact number of parameters that train: those of the last blocks, and of the head where it trains."""
    head = 0 if settings.head == "frozen" or not shape.writes else shape.vocabulary * shape.hidden
    return min(settings.last_blocks, shape.layers) * shape.block() + head


def adds(settings: Settings, shape: ModelShape) -> int:
    """A head that is untied is a second matrix as large as the input embeddings."""
    untied = settings.head == "untied" and shape.tied_embeddings and shape.writes
    return shape.vocabulary * shape.hidden if untied else 0


def blocks(settings: Settings, shape: ModelShape) -> float:
    """The way back ends at the lowest block that trains, or at the embeddings where the head is tied to them."""
    if settings.head == "trained" and shape.tied_embeddings and shape.writes:
        return 1.0
    return min(settings.last_blocks, shape.layers) / shape.layers


def learning_rate(shape: ModelShape, steps: int) -> Choice:
    """Where to start: far above full fine-tuning's rate."""
    if shape.parameters < 1_000_000_000 and steps < 200:
        return Choice(1e-3, "a small model and a short run; what the frozen blocks know cannot be lost")
    return Choice(1e-4, "above full fine-tuning's rate: what the frozen blocks know cannot be lost")


def obstacle(settings: Settings, shape: ModelShape, machine: Machine) -> Obstacle | None:
    """There are only as many blocks as the model has."""
    if settings.last_blocks <= shape.layers:
        return None
    return Obstacle(
        f"This model has {shape.layers} blocks, so its last {settings.last_blocks} cannot train.",
        f"Choose at most {shape.layers}; to train every weight, take full fine-tuning.",
    )


_BLOCKS = '''

def choose_what_trains(model):
    """Freeze everything but the last blocks and{the_head}."""
    model.requires_grad_(False)
    blocks = model.model.layers
    for number, block in enumerate(blocks, start=1):
        block.requires_grad_(number > len(blocks) - last_blocks)
'''
_CLASSIFIER = '''

def choose_what_trains(model):
    """Freeze everything but the last blocks and what is above them: the head, which is new."""
    body = model.base_model
    body.requires_grad_(False)
    blocks = next(part for part in body.modules() if isinstance(part, ModuleList))
    for number, block in enumerate(blocks, start=1):
        block.requires_grad_(number > len(blocks) - last_blocks)
    if getattr(body, "pooler", None) is not None:
        # Between BERT's blocks and its classes; many models come without it.
        body.pooler.requires_grad_(True)
'''
_HEAD = """\
    if head == "untied" and model.config.tie_word_embeddings:
        model.lm_head.weight = Parameter(model.lm_head.weight.detach().clone())
        model.config.tie_word_embeddings = False
    model.lm_head.requires_grad_(head != "frozen")
"""
_ABOUT_HEAD = """\
# With tied embeddings the head is the input embedding, too: "trained" changes both,
# "untied" makes it a matrix of its own first.
"""


def cell(settings: Settings, reasons: Mapping[str, str], task_type: str) -> str:
    """The source of the method cell."""
    start = (
        "# Feature extraction: a few whole parts of the model train, so there is no adapter.\n"
        f"peft_config = None\n{assign('last_blocks', settings.last_blocks)}\n"
    )
    if task_type == "SEQ_CLS":
        return f"from torch.nn import ModuleList\n\n{start}{_CLASSIFIER}"
    chosen = f"{_ABOUT_HEAD}{assign('head', settings.head)}\n"
    blocks = _BLOCKS.format(the_head=", where wanted, the output head")
    return f"from torch.nn import Parameter\n\n{start}{chosen}{blocks}{_HEAD}"


METHODS = (
    Method(
        id="freeze",
        order=30,
        label="Feature extraction (frozen layers)",
        summary="Trains the model's last blocks, or its output head, and leaves everything below as it is.",
        trains="All weights of the last blocks, and the output head if you wish. With tied embeddings the head is also "
        "the input embedding: then both train together, or the head gets a matrix of its own.",
        choose_when="Little data and a task near to what the model knows; classification above all.",
        speaks_for={
            "classes": "To put texts into classes, the model's upper end is mostly enough.",
            "few-rows": "Most of the model stays as it is, so few examples do little harm.",
        },
        speaks_against={
            "complete": "What the lower blocks do not pass on cannot be learned.",
            "language": "A field's words are read in the lower blocks, which stay as they are.",
            "several": "It leaves a whole model for every task.",
        },
        watch_for="It cannot get as far as LoRA: what the lower blocks do not pass on cannot be learned. "
        "A tied head that trains changes how the model reads, too.",
        merging="Nothing to merge: the result is a whole model. Untied, it is larger by vocabulary × hidden size.",
        merges=True,
        settings=Settings,
        trainable=trainable,
        learning_rate=learning_rate,
        cell=cell,
        adapter=False,
        marks={"peft_config": {"": None}, "last_blocks": {}},
        in_train=lambda settings: InTrainCell(before="choose_what_trains(model)"),
        obstacle=obstacle,
        blocks=blocks,
        adds=adds,
        pace=0.48,
        rates=(5e-5, 2e-3),
    ),
)
