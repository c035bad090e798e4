"""Memory and time, roughly right where they were measured and sensible elsewhere."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ftkit.catalog import find
from ftkit.fields import Gpu, Machine, ModelShape
from ftkit.hardware import largest_micro_batch, memory_estimate, time_estimate
from ftkit.methods import METHODS

GIB = 2**30
LAPTOP = Machine(cores=2, memory=16 * GIB, memory_free=12 * GIB, disk_free=100 * GIB)
BINDER = replace(LAPTOP, memory=2 * GIB, memory_free=2 * GIB)
SMALL_CARD = replace(LAPTOP, gpu=Gpu("T4", 16 * GIB, bf16=False))
CARD = replace(LAPTOP, gpu=Gpu("A10", 24 * GIB, bf16=True))
STARTER = find("smollm2-135m").shape


def _trainable(method: str, shape: ModelShape) -> int:
    return METHODS[method].trainable(METHODS[method].settings(), shape)


def _memory(method: str, shape: ModelShape, machine: Machine, micro_batch: int, length: int) -> float:
    trainable = _trainable(method, shape)
    return memory_estimate(shape, method, trainable, machine, micro_batch=micro_batch, length=length).value


# Peak resident memory of three real steps on two cores (LoRA rank 16, dropout 0.1, all layers, and
# full tuning), torch 2.13, TRL 1.16: micro-batch, tokens of the longest example, gigabytes.
MEASURED = [
    ("lora", 1, 81, 1.53),
    ("lora", 2, 97, 2.14),
    ("lora", 4, 61, 2.54),
    ("lora", 8, 85, 4.10),
    ("lora", 2, 285, 3.95),
    ("lora", 1, 601, 3.92),
    ("full", 1, 82, 3.20),
    ("full", 2, 98, 3.54),
]


@pytest.mark.parametrize(("method", "micro_batch", "length", "peak"), MEASURED)
def test_memory_is_within_a_fifth_of_what_was_measured(
    method: str, micro_batch: int, length: int, peak: float
) -> None:
    estimate = _memory(method, STARTER, LAPTOP, micro_batch, length) / 1e9
    assert estimate == pytest.approx(peak, rel=0.2)


def test_the_reason_says_that_it_is_an_estimate_and_of_what() -> None:
    trainable = _trainable("lora", STARTER)
    reason = memory_estimate(STARTER, "lora", trainable, LAPTOP, micro_batch=2, length=64).reason
    assert reason.startswith("an estimate: ")
    assert "2 examples of up to 64 tokens" in reason


def test_memory_grows_with_everything_it_should() -> None:
    least = _memory("lora", STARTER, LAPTOP, 1, 64)
    assert least < _memory("lora", STARTER, LAPTOP, 2, 64)
    assert least < _memory("lora", STARTER, LAPTOP, 1, 128)
    assert least < _memory("full", STARTER, LAPTOP, 1, 64)
    assert least < _memory("lora", find("llama-3.2-1b").shape, LAPTOP, 1, 64)


def test_eight_billion_fit_a_24_gb_card_with_lora_and_not_in_full() -> None:
    shape = find("llama-3.1-8b").shape
    assert 16e9 < _memory("lora", shape, CARD, 1, 512) < 24 * GIB
    assert _memory("full", shape, CARD, 1, 512) > 100e9


def test_seventy_billion_do_not_fit_and_that_is_said() -> None:
    shape = find("llama-3.3-70b").shape
    choice = largest_micro_batch(shape, "lora", _trainable("lora", shape), CARD, length=512, batch_size=8)
    assert choice.value == 1
    assert "choose a smaller model" in choice.reason


@pytest.mark.parametrize(("batch", "expected"), [(8, 4), (2, 2), (1, 1), (3, 3), (6, 3)])
def test_small_pieces_on_a_processor(batch: int, expected: int) -> None:
    trainable = _trainable("lora", STARTER)
    choice = largest_micro_batch(STARTER, "lora", trainable, LAPTOP, length=80, batch_size=batch)
    assert choice.value == expected
    assert choice.reason


def test_one_at_a_time_under_two_gibibytes() -> None:
    trainable = _trainable("lora", STARTER)
    choice = largest_micro_batch(STARTER, "lora", trainable, BINDER, length=80, batch_size=8)
    assert choice.value == 1
    assert "2.1 GB" in choice.reason
    assert _memory("lora", STARTER, BINDER, 1, 80) < 1.6 * GIB
    tight = largest_micro_batch(STARTER, "lora", trainable, BINDER, length=130, batch_size=8)
    assert (tight.value, "tight" in tight.reason) == (1, True)


def test_as_many_as_fit_on_a_card() -> None:
    trainable = _trainable("lora", STARTER)
    assert largest_micro_batch(STARTER, "lora", trainable, SMALL_CARD, length=80, batch_size=12).value == 12
    shape = find("llama-3.2-1b").shape
    some = largest_micro_batch(
        shape, "lora", _trainable("lora", shape), SMALL_CARD, length=2048, batch_size=16
    )
    assert 1 <= some.value < 16
    assert 16 % some.value == 0


def test_time_is_what_was_measured_and_scales() -> None:
    step = time_estimate(STARTER, "lora", LAPTOP, 8 * 65)
    assert step.value == pytest.approx(3.5, rel=0.1)
    assert "estimate" in step.reason
    assert time_estimate(STARTER, "full", LAPTOP, 8 * 65).value > step.value
    assert time_estimate(STARTER, "lora", replace(LAPTOP, cores=4), 8 * 65).value == step.value / 2
    assert time_estimate(STARTER, "lora", CARD, 8 * 65).value < 0.5
