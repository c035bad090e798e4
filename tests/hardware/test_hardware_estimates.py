"""Memory and time, roughly right where they were measured and sensible elsewhere."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ftkit.catalog import find
from ftkit.fields import Gpu, Machine, ModelShape
from ftkit.hardware import Beside, largest_micro_batch, memory_estimate, time_estimate
from ftkit.hardware.memory import cache_bytes, decomposition_bytes
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


def _beside(method: str, machine: Machine, beside: Beside, shape: ModelShape = STARTER) -> int:
    trainable = _trainable(method, shape)
    with_it, without = (
        memory_estimate(shape, method, trainable, machine, micro_batch=1, length=64, beside=one).value
        for one in (beside, Beside())
    )
    return with_it - without


def test_a_frozen_model_beside_it_takes_its_weights_and_no_more() -> None:
    weights = STARTER.parameters
    assert _beside("full", LAPTOP, Beside(models=1)) == weights * 4
    # A copy of a model with an adapter is both.
    assert _beside("lora", LAPTOP, Beside(models=2)) == 2 * (weights + 4_884_480) * 4
    assert _beside("lora", CARD, Beside(models=1)) == weights * 2 + 4_884_480 * 4
    assert _beside("full", CARD, Beside(models=1)) == weights * 4, "whole models train in full precision"


def test_a_value_head_takes_weight_gradient_and_two_moments() -> None:
    assert _beside("lora", LAPTOP, Beside(weights=577)) == 577 * 16


def test_what_is_kept_while_it_writes_counts_where_it_is_more_than_the_way_back() -> None:
    token = 30 * 2 * 3 * 64 * 4
    assert cache_bytes(STARTER, 1, 4) == token
    assert _beside("lora", LAPTOP, Beside(written=64)) == 0, "one is over when the other begins"
    many = 100_000
    trainable = _trainable("lora", STARTER)
    few = memory_estimate(
        STARTER, "lora", trainable, LAPTOP, micro_batch=1, length=64, beside=Beside(written=many)
    )
    more = memory_estimate(
        STARTER, "lora", trainable, LAPTOP, micro_batch=1, length=64, beside=Beside(written=many + 1)
    )
    assert more.value - few.value == token
    assert "while it writes answers" in few.reason


def test_the_frozen_part_of_a_whole_model_is_in_full_precision_on_a_card_too() -> None:
    shape = find("llama-3.2-1b").shape
    trainable = 1_000_000
    on_card = memory_estimate(shape, "freeze", trainable, CARD, micro_batch=1, length=1).value
    assert on_card > 4 * (shape.parameters - trainable) + 16 * trainable


# Peak memory of ``torch.linalg.svd(full_matrices=False)`` and what PEFT computes from it, in float32 on one core,
# torch 2.13: sizes of the matrix, megabytes beyond the matrix itself.
TAKEN_APART = [(1536, 576, 17.7), (3072, 1024, 49.7), (1024, 1024, 27.2)]


@pytest.mark.parametrize(("outputs", "inputs", "peak"), TAKEN_APART)
def test_taking_a_matrix_apart_is_within_a_quarter_of_what_was_measured(
    outputs: int, inputs: int, peak: float
) -> None:
    assert decomposition_bytes(inputs, outputs) / 1e6 == pytest.approx(peak, rel=0.25)
    assert decomposition_bytes(inputs, outputs) == decomposition_bytes(outputs, inputs)


def test_a_technique_that_takes_the_weights_apart_needs_room_for_that_at_the_start() -> None:
    shape = find("llama-3.1-8b").shape
    trainable = _trainable("pissa", shape)
    plain, apart = (
        memory_estimate(shape, method, trainable, LAPTOP, micro_batch=1, length=1)
        for method in ("lora", "pissa")
    )
    largest = decomposition_bytes(14336, 4096)
    assert largest > 0.8e9
    weights = shape.parameters * 4 + trainable * 16
    assert apart.value == pytest.approx(650e6 + weights + largest, rel=1e-6)
    assert plain.value < apart.value
    assert "take its weights apart at the start" in apart.reason
    # On long examples the start is no longer the peak: both need the same.
    long = [
        memory_estimate(shape, method, trainable, LAPTOP, micro_batch=1, length=512).value
        for method in ("lora", "pissa")
    ]
    assert long[0] == long[1]


def test_fewer_examples_at_a_time_where_another_model_takes_the_room() -> None:
    trainable = _trainable("full", STARTER)
    room = replace(LAPTOP, memory=int(4.5 * GIB))
    alone, beside = (
        largest_micro_batch(STARTER, "full", trainable, room, length=120, batch_size=8, beside=one).value
        for one in (Beside(), Beside(models=1))
    )
    assert alone > beside
