"""Unsloth is offered where it can train the recipe; else the obstacle says why, and the way out."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ftkit.fields import Gpu
from ftkit.recipe import from_presets, resolve
from ftkit.recipe.backend import backend_obstacle, why_not_unsloth
from tests.recipe.made_up import FACTS, GIB, LAPTOP, SERVER, STARTER

READY = replace(SERVER, packages=frozenset({"unsloth", "bitsandbytes"}))


@pytest.mark.parametrize("method", ["lora", "rslora", "qlora", "lora-8bit"])
@pytest.mark.parametrize("task", ["sft", "domain", "dpo", "orpo", "kto", "grpo"])
def test_it_trains_what_unsloth_documents(task, method):
    recipe = from_presets(task=task, method=method, backend="unsloth")
    assert backend_obstacle(recipe, READY, STARTER) is None


@pytest.mark.parametrize(
    ("machine", "presets", "why", "way_out"),
    [
        (LAPTOP, {}, "NVIDIA graphics card, and none was found", "back end trl"),
        (SERVER, {}, "unsloth is not installed", "pip install --no-deps unsloth"),
        (replace(READY, gpu=Gpu("P100", 16 * GIB, False, (6, 0))), {}, "P100 is older", "back end trl"),
        (READY, {"method": "dora"}, "does not train with DoRA", "Choose LoRA"),
        (READY, {"method": "full"}, "does not train with Full", "back end trl"),
        (READY, {"task": "ppo"}, "no trainer for this task", "back end trl"),
        (READY, {"task": "classification"}, "no trainer for this task", "back end trl"),
    ],
)
def test_elsewhere_it_says_why_not_and_what_to_do(machine, presets, why, way_out):
    obstacle = backend_obstacle(from_presets(backend="unsloth", **presets), machine, STARTER)
    assert obstacle is not None
    assert why in obstacle.why
    assert way_out in obstacle.remedy


def test_a_kind_of_model_with_other_layers_is_refused():
    recipe = from_presets(backend="unsloth")
    assert why_not_unsloth(recipe, READY, replace(STARTER, kind="gpt2")) is not None
    assert why_not_unsloth(recipe, READY, replace(STARTER, kind="qwen3")) is None


def test_trl_is_the_start_and_never_refused():
    recipe = from_presets()
    assert recipe.training.backend == "trl"
    assert backend_obstacle(recipe, LAPTOP, STARTER) is None


def test_the_form_says_beside_trl_whether_the_other_could_be_used():
    here = resolve(from_presets(), LAPTOP, FACTS, STARTER).reasons["derived.backend"]
    there = resolve(from_presets(), READY, FACTS, STARTER).reasons["derived.backend"]
    assert "cannot be used here" in here
    assert "could be used here" in there
