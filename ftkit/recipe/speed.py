"""What makes a training faster without changing what is learned, chosen by the hardware, with reasons."""

from __future__ import annotations

from typing import NamedTuple

from ftkit.fields import AUTO, Choice, DataFacts, Machine, ModelShape
from ftkit.methods import METHODS
from ftkit.recipe.tree import Recipe
from ftkit.tasks import TASKS

LIGER_MODELS = {"llama", "mistral", "qwen2", "qwen3", "gemma", "gemma2", "gemma3_text", "smollm3"}
"""Model types that Liger has kernels for."""

LONGEST_HEAD = 256
"""Numbers in an attention head that Flash Attention works with at most."""

WORTH_COMPILING = 2000
"""Steps from which on the minutes that compiling takes come back."""

_NO_CARD = "off: it needs an NVIDIA graphics card"
_UNSLOTH = "off: Unsloth brings its own"


class Speed(NamedTuple):
    """Four choices.

    Attributes
    ----------
    attention
        ``flash_attention_2``, or ``sdpa``: what Transformers takes by itself.
    liger
        Whether Liger's kernels compute the layers.
    packing
        How many examples share a row on average; 1 where each has its own.
    compiled
        Whether PyTorch compiles the model.
    """

    attention: Choice
    liger: Choice
    packing: Choice
    compiled: Choice


def choose_speed(
    recipe: Recipe, machine: Machine, facts: DataFacts, shape: ModelShape, *, length: int, steps: int
) -> Speed:
    """What to switch on.

    Parameters
    ----------
    recipe, machine, facts, shape
        What the choice depends on.
    length
        Tokens of the longest example that is trained on.
    steps
        Optimizer steps of the run.
    """
    gpu = machine.gpu
    if gpu is None or recipe.training.backend == "unsloth":
        why = _NO_CARD if gpu is None else _UNSLOTH
        return Speed(Choice("sdpa", why), Choice(False, why), Choice(1, why), Choice(False, why))
    attention = _attention(recipe, machine, shape)
    packing = _packing(recipe, attention.value, facts, length)
    liger = _liger(recipe, machine, shape)
    return Speed(attention, liger, packing, _compiled(recipe, steps, packing.value, liger.value))


def _pairs_beside_layers(recipe: Recipe) -> bool:
    """Whether the technique leaves the layers as they are: LoRA and its relatives."""
    return METHODS[recipe.method.name].config == "LoraConfig"


def _attention(recipe: Recipe, machine: Machine, shape: ModelShape) -> Choice:
    gpu = machine.gpu
    if gpu is None or not gpu.bf16:
        return Choice("sdpa", "Flash Attention needs an NVIDIA card of the Ampere generation (2020) or newer")
    if "flash_attn" not in machine.packages:
        return Choice("sdpa", "Flash Attention is not installed: `pip install flash-attn` would add it")
    if not _pairs_beside_layers(recipe) or METHODS[recipe.method.name].whole_numbers:
        return Choice(
            "sdpa", "Flash Attention computes in half precision only: used with LoRA and its relatives"
        )
    if shape.head_dim > LONGEST_HEAD:
        return Choice("sdpa", f"Flash Attention knows no attention heads as wide as {shape.head_dim}")
    return Choice("flash_attention_2", "Flash Attention: less memory and time, most of all for long examples")


def _liger(recipe: Recipe, machine: Machine, shape: ModelShape) -> Choice:
    if "liger_kernel" not in machine.packages:
        return Choice(False, "Liger kernels are not installed: `pip install liger-kernel` would add them")
    if TASKS[recipe.task.name].package != "trl" or TASKS[recipe.task.name].module:
        # TRL's own trainers keep Liger from fusing the loss, without which no loss of a single example is to be had.
        return Choice(False, "off: with this trainer the losses of single examples could not be recorded")
    if not _pairs_beside_layers(recipe):
        return Choice(False, "off: used with LoRA and its relatives, which leave the layers as they are")
    if shape.kind not in LIGER_MODELS:
        return Choice(False, "off: Liger has no kernels for this kind of model")
    return Choice(True, "Liger kernels: norms and layers in fewer, faster steps, and less memory")


def _packing(recipe: Recipe, attention: str, facts: DataFacts, length: int) -> Choice:
    training = recipe.training
    if attention != "flash_attention_2":
        return Choice(
            1, "each example has its own row: without Flash Attention, examples in one row see each other"
        )
    if recipe.task.name != "sft":
        return Choice(1, "each example has its own row: this task needs them apart or already fills its rows")
    if training.per_device_train_batch_size != AUTO:
        return Choice(1, "each example has its own row: you chose how many rows are in memory at once")
    together = int(length // max(1.0, facts.mean))
    if together < 2:
        return Choice(1, "each example has its own row: most are about as long as the longest")
    if together > training.batch_size:
        return Choice(1, "each example has its own row: a full one would hold more than a whole batch")
    return Choice(
        together,
        f"about {together} examples share a row, so that less is padding; Flash Attention keeps them apart",
    )


def _compiled(recipe: Recipe, steps: int, packing: int, liger: bool) -> Choice:
    if steps < WORTH_COMPILING:
        return Choice(False, "off: compiling takes minutes that a run of this length does not win back")
    if METHODS[recipe.method.name].frozen_bytes is not None:
        return Choice(False, "off: packed weights cannot be compiled in one piece")
    if packing > 1 or liger:
        return Choice(False, "off: Flash Attention's packing and Liger's kernels are fast already")
    if recipe.task.name not in ("sft", "domain") or not _pairs_beside_layers(recipe):
        return Choice(False, "off: used for plain fine-tuning with LoRA and its relatives")
    return Choice(True, "compiled: the first steps take minutes, the many that follow are faster")
