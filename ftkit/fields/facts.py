"""Plain facts about the machine, the data and the model that automatic values are chosen from."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True)
class Gpu:
    """One graphics card.

    Attributes
    ----------
    name
        As the driver gives it.
    memory
        Bytes in all.
    bf16
        Whether it computes in bfloat16.
    capability
        NVIDIA's number for its generation, such as ``(8, 0)`` for Ampere; ``(0, 0)`` where it is not known.
    """

    name: str
    memory: int
    bf16: bool
    capability: tuple[int, int] = (0, 0)


@dataclass(frozen=True)
class Machine:
    """What a run may use here.

    Attributes
    ----------
    cores
        Cores really available: the smallest of affinity, cgroup quota and hardware.
    memory
        Bytes that this process may use in all: the smaller of RAM and the cgroup limit.
    memory_free
        Bytes of it that are free now.
    disk_free
        Bytes free where run folders go.
    gpu
        The first NVIDIA card, None without one.
    system
        ``Linux``, ``Darwin`` or ``Windows``.
    packages
        Which optional packages that a method may need are installed, such as ``bitsandbytes``.
    """

    cores: int
    memory: int
    memory_free: int
    disk_free: int
    gpu: Gpu | None = None
    system: str = "Linux"
    packages: frozenset[str] = frozenset()


@dataclass(frozen=True)
class DataFacts:
    """What the prepared data is like, in rows and in tokens of the chosen model.

    Attributes
    ----------
    train_rows, validation_rows, test_rows
        Rows in each part.
    longest, p95
        Tokens of the longest row and of the row longer than 95 % of all, chat template included.
    mean
        Mean tokens a row.
    skipped
        Rows left out because they did not fit.
    """

    train_rows: int
    validation_rows: int
    test_rows: int
    longest: int
    p95: int
    mean: float
    skipped: int = 0

    def together(self, other: DataFacts) -> DataFacts:
        """What both are like when they are used in one training."""
        rows, more = (facts.train_rows + facts.validation_rows + facts.test_rows for facts in (self, other))
        return DataFacts(
            self.train_rows + other.train_rows,
            self.validation_rows + other.validation_rows,
            self.test_rows + other.test_rows,
            longest=max(self.longest, other.longest),
            p95=max(self.p95, other.p95),
            mean=(self.mean * rows + other.mean * more) / max(1, rows + more),
            skipped=self.skipped + other.skipped,
        )


@dataclass(frozen=True)
class ModelShape:
    """The sizes in a decoder's ``config.json`` that parameter counts and memory follow from.

    Counts are of weights; `parameters` is exact for the catalogue's models.

    Attributes
    ----------
    attention_bias, attention_output_bias
        Whether the query, key and value projections, and the output projection, have biases.
    head_norms
        Whether queries and keys are normalised head by head (Qwen3, Gemma 3).
    layer_norms
        Norms of the hidden size in each layer: 2, or 4 in Gemma 2 and 3.
    kind
        The model type that ``config.json`` names, such as ``llama``; empty where it is not known.
    """

    parameters: int
    layers: int
    hidden: int
    intermediate: int
    heads: int
    kv_heads: int
    head_dim: int
    vocabulary: int
    tied_embeddings: bool
    attention_bias: bool = False
    mlp_bias: bool = False
    attention_output_bias: bool = False
    head_norms: bool = False
    layer_norms: int = 2
    kind: str = ""

    writes: ClassVar[bool] = True
    """Whether it goes on with a text; an encoder only reads one."""

    def linear_layers(self) -> dict[str, tuple[int, int]]:
        """Input and output size of each linear layer of one block, by its name in Llama-like models."""
        q, kv = self.heads * self.head_dim, self.kv_heads * self.head_dim
        return {
            "q_proj": (self.hidden, q),
            "k_proj": (self.hidden, kv),
            "v_proj": (self.hidden, kv),
            "o_proj": (q, self.hidden),
            "gate_proj": (self.hidden, self.intermediate),
            "up_proj": (self.hidden, self.intermediate),
            "down_proj": (self.intermediate, self.hidden),
        }

    def chosen_layers(self, names: str | Iterable[str]) -> dict[str, tuple[int, int]]:
        """Those of :meth:`linear_layers` that ``target_modules`` names: a list of them, or ``all-linear``."""
        layers = self.linear_layers()
        return (
            layers if names == "all-linear" else {name: layers[name] for name in set(names) if name in layers}
        )

    def head(self, outputs: int) -> int:
        """Weights of a new head that gives so many numbers instead of words."""
        return outputs * self.hidden

    def biases(self) -> int:
        """Biases of all linear layers; 0 in most present decoders."""
        layers = self.linear_layers()
        count = 0
        if self.attention_bias:
            count += sum(layers[name][1] for name in ("q_proj", "k_proj", "v_proj"))
        if self.attention_output_bias:
            count += layers["o_proj"][1]
        if self.mlp_bias:
            count += sum(layers[name][1] for name in ("gate_proj", "up_proj", "down_proj"))
        return self.layers * count

    def norms(self) -> int:
        """Weights of all norms, the last one's included."""
        block = self.layer_norms * self.hidden + (2 * self.head_dim if self.head_norms else 0)
        return self.layers * block + self.hidden

    def block(self) -> int:
        """Weights of one block: linear layers, their biases, norms."""
        linear = sum(inputs * outputs for inputs, outputs in self.linear_layers().values())
        return linear + (self.biases() + self.norms() - self.hidden) // self.layers
