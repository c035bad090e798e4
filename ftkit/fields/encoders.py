"""The sizes of an encoder such as BERT: a model that reads a text as a whole and writes none."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from ftkit.fields.facts import ModelShape

_BERT = {
    "q_proj": "query",
    "k_proj": "key",
    "v_proj": "value",
    "o_proj": "attention.output.dense",
    "up_proj": "intermediate.dense",
    "down_proj": "output.dense",
}
_DISTILBERT = {
    "q_proj": "q_lin",
    "k_proj": "k_lin",
    "v_proj": "v_lin",
    "o_proj": "out_lin",
    "up_proj": "lin1",
    "down_proj": "lin2",
}
LAYER_NAMES = {
    "bert": _BERT,
    "distilbert": _DISTILBERT,
    "roberta": _BERT,
    "xlm-roberta": _BERT,
    "camembert": _BERT,
}
"""What an encoder's modules call the layers that a recipe names as Llama-like models do, by model type."""

ABOVE_THE_BLOCKS = {"bert": ("pooler",), "distilbert": ("pre_classifier",)}
"""Layers between the blocks and the classes that PEFT would leave as they are: many checkpoints do not hold them."""


@dataclass(frozen=True)
class EncoderShape(ModelShape):
    """The sizes in an encoder's ``config.json``.

    `parameters` is exact: embeddings and blocks, without what a task puts on top.

    Attributes
    ----------
    positions
        Embeddings of places: the model can read no longer text.
    segments
        Embeddings that tell a first text from a second; 0 where it has none.
    """

    positions: int = 512
    segments: int = 0

    writes: ClassVar[bool] = False

    @property
    def longest(self) -> int:
        """Tokens that it can read; RoBERTa keeps the first two places for itself."""
        return self.positions - (2 if LAYER_NAMES[self.kind] is _BERT and self.kind != "bert" else 0)

    def linear_layers(self) -> dict[str, tuple[int, int]]:
        """Input and output size of each linear layer of one block, by its name in Llama-like models."""
        layers = super().linear_layers()
        del layers["gate_proj"]
        return layers

    def layer_name(self, name: str) -> str:
        """What this model calls the layer that Llama-like models call `name`."""
        return LAYER_NAMES[self.kind].get(name, name)

    def above_the_blocks(self) -> tuple[str, ...]:
        """The layers below the head that a classifier trains and keeps whole, beside the head."""
        return ABOVE_THE_BLOCKS.get(self.kind, ())

    def left_out(self, names: Sequence[str]) -> tuple[str, ...]:
        """Layers that PEFT would take for one of `names`, because their names end alike."""
        alike = "down_proj" in names and "o_proj" not in names and LAYER_NAMES[self.kind] is _BERT
        return (_BERT["o_proj"],) if alike else ()

    def biases(self) -> int:
        """All biases of embeddings and blocks, those of the norms too."""
        linear = sum(outputs for _, outputs in self.linear_layers().values())
        return self.layers * linear + self.norms() // 2

    def norms(self) -> int:
        """Weights and biases of all norms: two a block and one after the embeddings."""
        return (2 * self.layers + 1) * 2 * self.hidden

    def block(self) -> int:
        """Weights of one block: linear layers and norms with their biases."""
        linear = sum((inputs + 1) * outputs for inputs, outputs in self.linear_layers().values())
        return linear + 2 * 2 * self.hidden

    def embeddings(self) -> int:
        """Weights of the embeddings of words, places and segments, and of their norm."""
        return (self.vocabulary + self.positions + self.segments + 2) * self.hidden

    def head(self, outputs: int) -> int:
        """Weights above the blocks: a layer as wide as the model and one number a class, each with biases."""
        return (self.hidden + 1) * self.hidden + (self.hidden + 1) * outputs


def role_of(module: str) -> str:
    """The name that Llama-like models have for a layer of an encoder; any other name as it is."""
    return next(
        (role for names in (_BERT, _DISTILBERT) for role, name in names.items() if name == module), module
    )
