"""LoRA: what trains is counted exactly, its own choices have reasons, its cell is PEFT's own call."""

from __future__ import annotations

from typing import Any

import pytest

from ftkit.fields import Machine, ModelShape
from ftkit.methods import METHODS, lora
from tests.methods.shapes import STARTER, shape_of

PRESETS = ("dora", "rslora", "pissa", "loraplus", "qlora", "lora-8bit")


@pytest.mark.parametrize(
    "settings",
    [{}, {"r": 3}, {"target_modules": ["q_proj", "v_proj"]}, {"target_modules": ["down_proj"], "r": 5}],
)
def test_the_trainable_parameters_are_those_that_peft_makes(tiny_model_folder, settings):
    from peft import get_peft_model
    from transformers import AutoModelForCausalLM

    chosen, _ = lora.resolve(lora.Settings(**settings))
    names: dict[str, Any] = {}
    exec(lora.cell(chosen, {}, "CAUSAL_LM"), names)
    model = AutoModelForCausalLM.from_pretrained(tiny_model_folder)
    shape = shape_of(model)
    adapted = get_peft_model(model, names["peft_config"])
    counted = sum(p.numel() for p in adapted.parameters() if p.requires_grad)
    assert lora.trainable(chosen, shape) == counted


def test_the_starter_model_has_the_measured_number():
    assert lora.trainable(lora.Settings(), STARTER) == 4_884_480


def test_alpha_follows_the_rank_unless_it_is_given():
    settings, reasons = lora.resolve(lora.Settings(r=4))
    assert settings.lora_alpha == 4
    assert "scale 1" in reasons["lora_alpha"]
    given = lora.Settings(r=4, lora_alpha=8)
    assert lora.resolve(given) == (given, {})


@pytest.mark.parametrize(
    ("parameters", "steps", "rate"), [(135e6, 60, 5e-4), (135e6, 500, 2e-4), (1e9, 60, 2e-4), (8e9, 60, 1e-4)]
)
def test_the_learning_rate_starts_where_the_guides_say(parameters, steps, rate):
    choice = lora.learning_rate(ModelShape(int(parameters), 1, 1, 1, 1, 1, 1, 1, True), steps)
    assert choice.value == rate
    assert choice.reason


def test_the_cell_shows_what_was_chosen_and_why():
    settings, reasons = lora.resolve(lora.Settings(r=4, target_modules=["q_proj", "v_proj"], lora_dropout=0))
    assert lora.cell(settings, reasons, "CAUSAL_LM") == (
        "from peft import LoraConfig\n"
        "\n"
        "peft_config = LoraConfig(\n"
        '    task_type="CAUSAL_LM",\n'
        "    r=4,\n"
        "    lora_alpha=4,  # as large as the rank: scale 1\n"
        '    target_modules=["q_proj", "v_proj"],\n'
        ")\n"
    )


@pytest.mark.parametrize(("rank", "alpha"), [(16, 4), (64, 8), (1, 1)])
def test_rank_stabilised_alpha_keeps_the_scale_at_one(rank, alpha):
    method = METHODS["rslora"]
    settings, reasons = method.resolve(method.settings(r=rank))
    assert settings.lora_alpha == alpha
    assert "scale 1" in reasons["lora_alpha"]


def test_the_relatives_count_as_measured():
    counts = {name: METHODS[name].trainable(METHODS[name].settings(), STARTER) for name in PRESETS}
    assert counts == {name: 5_040_000 if name == "dora" else 4_884_480 for name in PRESETS}


def test_without_bitsandbytes_the_packed_ones_say_what_to_install():
    here, there = (Machine(2, 8, 8, 8, packages=frozenset(names)) for names in ([], ["bitsandbytes"]))
    for name in ("qlora", "lora-8bit"):
        method = METHODS[name]
        assert "pip install" in method.obstacle(method.settings(), STARTER, here).remedy
        assert method.obstacle(method.settings(), STARTER, there) is None
