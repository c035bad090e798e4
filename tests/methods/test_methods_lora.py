"""LoRA: what trains is counted exactly, its own choices have reasons, its cell is PEFT's own call."""

from __future__ import annotations

from typing import Any

import pytest

from ftkit.fields import ModelShape
from ftkit.methods import METHODS, lora

STARTER = ModelShape(134_515_008, 30, 576, 1536, 9, 3, 64, 49152, True)


def tiny_shape(model: Any) -> ModelShape:
    config = model.config
    return ModelShape(
        parameters=sum(p.numel() for p in model.parameters()),
        layers=config.num_hidden_layers,
        hidden=config.hidden_size,
        intermediate=config.intermediate_size,
        heads=config.num_attention_heads,
        kv_heads=config.num_key_value_heads,
        head_dim=config.hidden_size // config.num_attention_heads,
        vocabulary=config.vocab_size,
        tied_embeddings=True,
    )


@pytest.mark.parametrize(
    "settings",
    [{}, {"r": 3}, {"target_modules": ["q_proj", "v_proj"]}, {"target_modules": ["down_proj"], "r": 5}],
)
def test_the_trainable_parameters_are_those_that_peft_makes(tiny_model_folder, settings):
    from peft import get_peft_model
    from transformers import AutoModelForCausalLM

    chosen, _ = lora.resolve(lora.Settings(**settings))
    names: dict[str, Any] = {}
    exec(lora.cell(chosen, {}), names)
    model = AutoModelForCausalLM.from_pretrained(tiny_model_folder)
    shape = tiny_shape(model)
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
    assert lora.cell(settings, reasons) == (
        "from peft import LoraConfig\n"
        "\n"
        "peft_config = LoraConfig(\n"
        '    task_type="CAUSAL_LM",\n'
        "    r=4,\n"
        "    lora_alpha=4,  # as large as the rank: scale 1\n"
        '    target_modules=["q_proj", "v_proj"],\n'
        ")\n"
    )


@pytest.mark.parametrize("method", METHODS.values(), ids=METHODS)
def test_every_technique_states_what_the_house_asks_for(method):
    for name in ("ID", "LABEL", "SUMMARY", "CHOOSE_WHEN", "WATCH_FOR"):
        assert isinstance(getattr(method, name), str)
        assert getattr(method, name)
    assert isinstance(method.ORDER, int)
    assert isinstance(method.MERGES, bool)
    assert isinstance(method.ADAPTER, bool)
    assert bool(method.CONFIG) == method.ADAPTER
    assert method.Settings().name == method.ID
    settings, reasons = method.resolve(method.Settings())
    assert set(reasons) <= set(method.Settings.model_fields)
    names: dict[str, Any] = {}
    exec(method.cell(settings, reasons), names)
    assert (names["peft_config"] is None) == (not method.ADAPTER)
