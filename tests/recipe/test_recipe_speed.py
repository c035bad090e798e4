"""Faster kernels and packing: on where the hardware has them, off where they would be wrong."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ftkit.fields import DataFacts, Gpu, Machine
from ftkit.methods import METHODS
from ftkit.recipe import Resolved, from_presets, resolve
from ftkit.tasks import TASKS
from tests.recipe.made_up import GIB, LAPTOP, SERVER, STARTER

LLAMA = replace(STARTER, kind="llama")
EVERYTHING = frozenset({"flash_attn", "liger_kernel", "bitsandbytes", "unsloth"})
CARD = replace(SERVER, packages=EVERYTHING)
UNEVEN = DataFacts(train_rows=300, validation_rows=30, test_rows=30, longest=400, p95=380, mean=90.0)
MANY = replace(UNEVEN, train_rows=100_000)


def chosen(machine: Machine = CARD, facts: DataFacts = UNEVEN, **presets: object) -> Resolved:
    return resolve(from_presets(**presets), machine, facts, LLAMA)


def switched_on(resolved: Resolved) -> tuple[bool, bool, bool, bool]:
    return (
        resolved.attn_implementation != "sdpa",
        resolved.use_liger_kernel,
        resolved.examples_a_row > 1,
        resolved.torch_compile,
    )


def test_on_a_suitable_card_with_the_packages_they_are_on():
    resolved = chosen()
    assert switched_on(resolved) == (True, True, True, False)
    assert resolved.attn_implementation == "flash_attention_2"


@given(
    st.sampled_from(sorted(TASKS)),
    st.sampled_from(sorted(METHODS)),
    st.sampled_from([UNEVEN, MANY]),
)
def test_without_a_graphics_card_nothing_is_on(task, method, facts):
    machine = replace(LAPTOP, packages=EVERYTHING)
    presets = {"task": task, "method": method}
    assert switched_on(chosen(machine, facts, **presets)) == (False, False, False, False)


@given(
    st.sampled_from(sorted(TASKS)),
    st.sampled_from(sorted(METHODS)),
    st.booleans(),
    st.sets(st.sampled_from(sorted(EVERYTHING))),
    st.sampled_from([UNEVEN, MANY]),
)
def test_examples_share_a_row_only_where_the_attention_keeps_them_apart(task, method, bf16, packages, facts):
    machine = replace(CARD, gpu=Gpu("card", 24 * GIB, bf16), packages=frozenset(packages))
    resolved = chosen(machine, facts, task=task, method=method)
    attention, liger, packing, compiled = switched_on(resolved)
    assert not packing or (attention and task == "sft")
    assert not attention or (bf16 and "flash_attn" in packages)
    assert not liger or "liger_kernel" in packages
    assert not compiled or not (packing or liger)
    for name in ("attn_implementation", "use_liger_kernel", "examples_a_row", "torch_compile"):
        assert resolved.reasons[f"derived.{name}"]


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"packages": EVERYTHING - {"flash_attn"}}, "is not installed"),
        ({"gpu": Gpu("T4", 16 * GIB, bf16=False)}, "Ampere"),
    ],
)
def test_without_flash_attention_each_example_has_its_own_row(change, reason):
    resolved = chosen(replace(CARD, **change))
    assert (resolved.attn_implementation, resolved.examples_a_row) == ("sdpa", 1)
    assert reason in resolved.reasons["derived.attn_implementation"]
    assert "see each other" in resolved.reasons["derived.examples_a_row"]


def test_full_weights_stay_out_of_half_precision_attention():
    assert chosen(method="full").attn_implementation == "sdpa"


def test_a_batch_of_packed_rows_has_about_as_many_examples_as_were_chosen():
    resolved = chosen(batch_size=8)
    rows = resolved.recipe.training.per_device_train_batch_size * resolved.gradient_accumulation_steps
    assert (resolved.examples_a_row, rows) == (4, 2)
    assert chosen(batch_size=3).examples_a_row == 1
    assert chosen(batch_size=8, per_device_train_batch_size=4).examples_a_row == 1
    assert chosen(facts=replace(UNEVEN, mean=300.0)).examples_a_row == 1


@given(st.integers(1, 64), st.floats(10, 400))
def test_the_batch_of_rows_is_whole_whatever_is_chosen(batch, mean):
    resolved = chosen(facts=replace(UNEVEN, mean=mean), batch_size=batch)
    training = resolved.recipe.training
    rows = training.per_device_train_batch_size * resolved.gradient_accumulation_steps
    assert rows == max(1, batch // resolved.examples_a_row)
    assert batch % training.per_device_train_batch_size == 0


def test_liger_stays_off_where_losses_of_single_examples_would_be_lost():
    assert not chosen(task="classification").use_liger_kernel
    assert not chosen(task="orpo").use_liger_kernel
    assert chosen(task="dpo").use_liger_kernel


def test_only_a_long_run_is_compiled():
    plain = replace(CARD, packages=frozenset())
    assert not chosen(plain).torch_compile
    assert chosen(plain, MANY).torch_compile
    assert not chosen(
        replace(plain, packages=frozenset({"bitsandbytes"})), MANY, method="qlora"
    ).torch_compile


def test_unsloth_brings_its_own():
    resolved = chosen(backend="unsloth")
    assert switched_on(resolved) == (False, False, False, False)
    assert "Unsloth" in resolved.reasons["derived.use_liger_kernel"]
