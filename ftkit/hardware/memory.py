"""How much memory a run takes, roughly, and the micro-batch that follows from it.

The constants were fitted to measured peaks of the starter model on CPU; see `tests/hardware`.
"""

from __future__ import annotations

from dataclasses import dataclass

from ftkit.fields import Choice, Machine, ModelShape
from ftkit.methods import METHODS, Method

GB = 1e9
PROCESS = 650e6
"""Bytes of a process that has imported torch, Transformers, PEFT and TRL."""

GPU_CONTEXT = 800e6
"""Bytes that CUDA and its libraries take on the card."""

LOGIT_COPIES = 4
"""Full-vocabulary tensors alive at once: logits, their logarithms, the gradient, the entropy."""

SLACK = 1.3
"""What the allocator holds beyond the tensors themselves, as a factor."""

CPU_SHARE, GPU_SHARE = 0.8, 0.9
"""How much of the memory a run may plan with: the rest is for peaks, the browser, the system."""

PREFERRED_ON_CPU = 4
LORA = "LoraConfig"


@dataclass(frozen=True)
class Beside:
    """What a task needs in memory beside the model that trains and its examples.

    Attributes
    ----------
    models
        Frozen models as large as the one that trains: the one it is measured against, the one that rewards.
    weights
        Weights that train and are no part of the model, such as PPO's value head.
    written
        Tokens of all prompts and answers that the model writes at once.
    """

    models: int = 0
    weights: int = 0
    written: int = 0


NOTHING = Beside()


def _frozen(shape: ModelShape, method: Method, trainable: int, bytes_each: int) -> float:
    """Bytes of the weights that do not train."""
    # An adapter stands beside all of the base; else what trains is a part of it.
    frozen = shape.parameters if method.adapter else max(0, shape.parameters - trainable)
    if method.frozen_bytes is None:
        return frozen * bytes_each
    # Only the linear layers of the blocks are packed: embeddings, norms and head stay as they are.
    linear = shape.layers * sum(inputs * outputs for inputs, outputs in shape.linear_layers().values())
    return linear * method.frozen_bytes + (frozen - linear) * bytes_each


def cache_bytes(shape: ModelShape, tokens: int, bytes_each: int) -> int:
    """Bytes of the keys and values that a model keeps of every token while it writes."""
    return tokens * shape.layers * 2 * shape.kv_heads * shape.head_dim * bytes_each


def decomposition_bytes(inputs: int, outputs: int, *, half: bool = False) -> int:
    """Bytes that taking one weight matrix apart (a singular value decomposition) needs for a moment.

    A copy of the matrix, its two factors, and what LAPACK works in; all in float32, which half precision has to be
    turned into first.
    """
    small, whole = min(inputs, outputs), inputs * outputs
    return 4 * (2 * whole + 5 * small * small + (whole if half else 0))


def _bytes_a_token(
    shape: ModelShape, method: Method, bytes_each: int, checkpointing: bool, blocks: float
) -> float:
    """Bytes that one token's way through the model leaves behind for the way back."""
    attention = shape.heads * shape.head_dim
    block = 12 * shape.hidden + 4 * attention + 7 * shape.intermediate
    if method.config == LORA:
        # Each adapter keeps its own input after dropout.
        block += 4 * shape.hidden + attention + shape.intermediate
    inner = shape.layers * shape.hidden + block if checkpointing else shape.layers * blocks * block
    logits = shape.vocabulary * 4 * LOGIT_COPIES if shape.writes else 0
    return inner * bytes_each * SLACK + logits


def memory_estimate(
    shape: ModelShape,
    method_id: str,
    trainable: int,
    machine: Machine,
    *,
    micro_batch: int,
    length: int,
    blocks: float = 1.0,
    beside: Beside = NOTHING,
) -> Choice:
    """The peak memory of a training run, roughly.

    Parameters
    ----------
    method_id
        An id of :data:`ftkit.methods.METHODS`.
    trainable
        Parameters that train.
    micro_batch, length
        Examples in memory at once and tokens of the longest.
    blocks
        The share of the blocks that the way back goes through.
    beside
        What else the task needs.

    Returns
    -------
    Choice
        Bytes (of the graphics card's memory where there is one) and what they are made of.
    """
    method, gpu = METHODS[method_id], machine.gpu
    half = bool(gpu and gpu.bf16)
    # Where the model's own weights train, they are loaded in full precision, those that stay frozen, too.
    bytes_each = 2 if half and method.adapter and not method.whole_numbers else 4
    checkpointing = bool(gpu) and shape.parameters >= 1_000_000_000
    base = GPU_CONTEXT if gpu else PROCESS
    frozen = _frozen(shape, method, trainable, bytes_each)
    # What trains is kept in four bytes, with a gradient and two moments of four each.
    weights = frozen + 16 * (trainable + beside.weights)
    others = beside.models * (frozen + 4 * trainable)
    work = micro_batch * length * _bytes_a_token(shape, method, 2 if half else 4, checkpointing, blocks)
    # What it has written is kept apart from the way back: the one is over when the other begins.
    writing = cache_bytes(shape, beside.written, bytes_each) if beside.written else 0
    steps = others + max(work, writing)
    start = _start(shape, method, half=bytes_each == 2)
    peak = weights + max(steps, start)
    pieces = [f"{weights / GB:.1f} GB for the model and what trains"]
    if start > steps:
        pieces.append(f"{start / GB:.1f} GB to take its weights apart at the start")
    else:
        if others:
            what = "another model that is kept" if beside.models == 1 else f"{beside.models} other models"
            pieces.append(f"{others / GB:.1f} GB for {what} beside it, taken to be as large")
        pieces.append(
            f"{writing / GB:.1f} GB for what it has read and written while it writes answers"
            if writing > work
            else f"{work / GB:.1f} GB for {_examples(micro_batch)} of up to {length} tokens"
        )
    pieces.append(f"{base / GB:.1f} GB for the program")
    return Choice(round(base + peak), f"an estimate: {', '.join(pieces)}")


def _start(shape: ModelShape, method: Method, *, half: bool) -> float:
    """Bytes that are needed before the first step alone."""
    if not method.rewrites_base:
        return 0.0
    layers = shape.linear_layers().values()
    return max(decomposition_bytes(inputs, outputs, half=half) for inputs, outputs in layers)


def _examples(count: int) -> str:
    return "one example" if count == 1 else f"{count} examples"


def largest_micro_batch(
    shape: ModelShape,
    method_id: str,
    trainable: int,
    machine: Machine,
    *,
    length: int,
    batch_size: int,
    beside: Beside = NOTHING,
) -> Choice:
    """How many of a batch's examples to work on at once.

    Without a graphics card four, or fewer where memory is short: more would not be faster. On a card as
    many as fit. The number always divides the batch.
    """
    limit = GPU_SHARE * machine.gpu.memory if machine.gpu else CPU_SHARE * machine.memory
    divisors = [number for number in range(batch_size, 0, -1) if batch_size % number == 0]
    if not machine.gpu:
        divisors = [number for number in divisors if number <= PREFERRED_ON_CPU]

    def needed(count: int) -> int:
        return memory_estimate(
            shape, method_id, trainable, machine, micro_batch=count, length=length, beside=beside
        ).value

    fitting = next((number for number in divisors if needed(number) <= limit), None)
    where = "the graphics card's memory" if machine.gpu else "this machine's memory"
    have = machine.gpu.memory if machine.gpu else machine.memory
    least = f"about {needed(1) / GB:.1f} GB"
    if fitting is None and needed(1) <= have:
        return Choice(1, f"one at a time takes {least} of {where} of {have / GB:.1f} GB: it will be tight")
    if fitting is None:
        return Choice(
            1,
            f"even one example at a time needs {least}, and {where} is {have / GB:.1f} GB: "
            "choose a smaller model or shorter examples",
        )
    if machine.gpu:
        return Choice(fitting, f"as many as fit: about {needed(fitting) / GB:.1f} of {have / GB:.1f} GB")
    if fitting < divisors[0]:
        pieces = "one at a time" if fitting == 1 else f"{fitting} at a time"
        return Choice(fitting, f"{pieces} keeps the run within {where} of {have / GB:.1f} GB")
    return Choice(fitting, "small pieces save memory, and without a graphics card larger ones are no faster")
