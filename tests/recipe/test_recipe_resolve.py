"""Automatic values: each is filled with a reason, and all of them fit together."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ftkit.fields import AUTO, DataFacts, Gpu
from ftkit.recipe import Recipe, from_presets, resolve
from ftkit.recipe.resolve import count_steps
from tests.recipe.made_up import FACTS, GIB, LAPTOP, LARGE, SERVER, STARTER, recipes

some_facts = st.builds(
    DataFacts,
    train_rows=st.integers(1, 10**6),
    validation_rows=st.integers(1, 10**5),
    test_rows=st.integers(1, 10**5),
    longest=st.integers(1, 10**5),
    p95=st.integers(1, 10**5),
    mean=st.floats(1, 1e5),
)


def leaves(tree: Any) -> list[Any]:
    return [leaf for value in tree.values() for leaf in leaves(value)] if isinstance(tree, dict) else [tree]


def autos(recipe: Recipe) -> set[str]:
    tree = recipe.model_dump()
    groups = {name: tree[name] for name in ("method", "training")}
    return {
        f"{group}.{name}"
        for group, values in groups.items()
        for name, value in values.items()
        if value == AUTO
    }


@settings(max_examples=150)
@given(recipes(), st.sampled_from([LAPTOP, SERVER]), some_facts, st.sampled_from([STARTER, LARGE]))
def test_every_automatic_value_is_filled_with_a_reason(recipe, machine, facts, shape):
    done = resolve(recipe, machine, facts, shape)
    assert not autos(done.recipe)
    assert autos(recipe) <= set(done.reasons)
    assert all(done.reasons.values())
    assert Recipe.model_validate(done.recipe.model_dump()) == done.recipe
    assert resolve(done.recipe, machine, facts, shape).recipe == done.recipe
    micro = done.recipe.training.per_device_train_batch_size
    assert micro * done.gradient_accumulation_steps == recipe.training.batch_size
    assert 1 <= done.eval_steps <= done.total_steps
    assert done.save_steps == done.eval_steps
    assert 1 <= done.logging_steps <= done.total_steps
    assert done.model_path == recipe.model.id


def test_what_the_person_chose_stays():
    recipe = from_presets(
        learning_rate=1e-3,
        max_length=64,
        warmup_steps=5,
        per_device_train_batch_size=1,
        lora_alpha=3,
        weight_decay=0.05,
    )
    done = resolve(recipe, LAPTOP, FACTS, STARTER)
    assert done.recipe == recipe
    assert not [name for name in done.reasons if not name.startswith("derived.")]


def test_without_a_graphics_card_float32_small_pieces_and_no_checkpointing():
    done = resolve(Recipe(), LAPTOP, FACTS, STARTER)
    assert (done.bf16, done.activation_checkpointing) == (False, False)
    assert done.recipe.training.per_device_train_batch_size <= 4


def test_bf16_is_used_where_it_exists():
    assert resolve(Recipe(), SERVER, FACTS, LARGE).bf16
    old = replace(SERVER, gpu=Gpu("Tesla T4", 16 * GIB, bf16=False))
    assert not resolve(Recipe(), old, FACTS, STARTER).bf16


def test_steps_are_counted_as_the_trainer_counts_them():
    assert count_steps(rows=240, batch=8, epochs=2) == 60
    assert count_steps(rows=241, batch=8, epochs=2) == 62
    assert count_steps(rows=241, batch=8, epochs=0.5) == 16
    assert count_steps(rows=3, batch=8, epochs=0.01) == 1
    assert count_steps(rows=240, batch=8, epochs=2, max_steps=7) == 7


def test_warm_up_is_a_share_of_a_short_run_and_a_number_on_a_long_one():
    assert resolve(Recipe(), LAPTOP, FACTS, STARTER).recipe.training.warmup_steps == 0.05
    assert resolve(from_presets(max_steps=9000), LAPTOP, FACTS, STARTER).recipe.training.warmup_steps == 100


def test_the_longest_example_fits_or_the_reason_says_what_is_lost():
    fits = resolve(Recipe(), LAPTOP, FACTS, STARTER)
    assert fits.recipe.training.max_length == FACTS.longest
    too_long = resolve(Recipe(), LAPTOP, replace(FACTS, longest=5000), STARTER)
    assert too_long.recipe.training.max_length == 1024
    assert "5000 tokens" in too_long.reasons["training.max_length"]
    assert "left out" in too_long.reasons["training.max_length"]


@pytest.mark.parametrize(
    ("presets", "machine", "facts", "sentence"),
    [
        ({"warmup_steps": 100}, LAPTOP, FACTS, "warm-up of 100 steps"),
        ({}, replace(LAPTOP, disk_free=GIB // 100), FACTS, "GiB of disk"),
        ({}, LAPTOP, replace(FACTS, validation_rows=5), "Only 5 examples"),
        ({}, LAPTOP, replace(FACTS, validation_rows=4), "a verdict takes at least 5"),
        ({"learning_rate": 5.0}, LAPTOP, FACTS, "far above what works with LoRA, 0.0001 to 0.002"),
        ({"batch_size": 512}, LAPTOP, FACTS, "larger than the training part"),
        ({"batch_size": 16, "per_device_train_batch_size": 16}, LAPTOP, FACTS, "no faster"),
    ],
)
def test_a_choice_that_is_probably_not_meant_is_named(presets, machine, facts, sentence):
    found = resolve(from_presets(**presets), machine, facts, STARTER).warnings
    assert any(sentence in warning for warning in found)


def test_a_step_takes_no_more_examples_than_there_are():
    small = replace(FACTS, train_rows=200)
    all_at_once = resolve(from_presets(batch_size=200), LAPTOP, small, STARTER)
    assert (
        resolve(from_presets(batch_size=999), LAPTOP, small, STARTER).tokens_a_step
        == all_at_once.tokens_a_step
    )


def test_of_few_prompts_every_answer_counts():
    few, many = (
        resolve(from_presets(task="grpo"), LAPTOP, replace(FACTS, train_rows=rows), STARTER).tokens_a_step
        for rows in (4, 400)
    )
    assert few == many


def test_a_usual_choice_gives_no_warning():
    assert resolve(Recipe(), LAPTOP, FACTS, STARTER).warnings == ()


def test_full_tuning_needs_more_disk_than_an_adapter():
    lora, full = (
        resolve(from_presets(method=m), LAPTOP, FACTS, STARTER).disk_needed for m in ("lora", "full")
    )
    assert full > 10 * lora
