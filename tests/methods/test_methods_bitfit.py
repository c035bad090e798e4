"""BitFit: the biases train and nothing else; a model without any is refused, or given some that start at zero."""

from __future__ import annotations

import shutil
from dataclasses import replace

import pytest

import ftkit
from ftkit.methods import METHODS
from tests.methods.architectures import answers, made_ready, model_of, moved
from tests.methods.shapes import STARTER, shape_of
from tests.methods.trained import LAPTOP, planned, train
from tests.tiny import VOCABULARY

BITFIT = METHODS["bitfit"]
OWN, ADD = BITFIT.settings(), BITFIT.settings(biases="add")


def test_a_model_with_biases_trains_these():
    model, stated, counted = made_ready("bitfit", model_of("qwen2"))
    assert stated == counted == 3 * (32 + 16 + 16)
    assert {name.rsplit(".", 1)[1] for name, p in model.named_parameters() if p.requires_grad} == {"bias"}
    assert BITFIT.obstacle(OWN, shape_of(model), LAPTOP) is None


def test_new_biases_are_counted_and_change_nothing_at_first():
    import torch

    base = model_of("llama")
    before, whole = answers(base), sum(p.numel() for p in base.parameters())
    added = BITFIT.adds(ADD, shape_of(base))
    model, stated, counted = made_ready("bitfit", base, biases="add")
    assert stated == counted == added
    assert sum(p.numel() for p in model.parameters()) == whole + added
    assert not any(p.any() for p in model.parameters() if p.requires_grad)
    assert torch.equal(answers(model), before)


def test_a_model_with_new_biases_loads_with_plain_transformers(tmp_path):
    import torch
    from transformers import AutoModelForCausalLM

    model, _, _ = made_ready("bitfit", model_of("llama"), biases="add")
    after = answers(moved(model))
    model.save_pretrained(tmp_path)
    assert torch.equal(answers(AutoModelForCausalLM.from_pretrained(tmp_path)), after)


def test_it_is_the_start_that_transformers_own_switches_give(tmp_path):
    import torch
    from transformers import AutoModelForCausalLM

    base = model_of("llama")
    base.save_pretrained(tmp_path)
    switched = AutoModelForCausalLM.from_pretrained(tmp_path, attention_bias=True, mlp_bias=True)
    ours, _, _ = made_ready("bitfit", base, biases="add")
    theirs = dict(switched.named_parameters())
    assert set(theirs) == set(dict(ours.named_parameters()))
    assert all(torch.equal(p, theirs[name]) for name, p in ours.named_parameters())


def test_the_starter_model_has_the_measured_numbers():
    assert BITFIT.trainable(OWN, STARTER) == 0
    assert BITFIT.trainable(ADD, STARTER) == BITFIT.adds(ADD, STARTER) == 155_520


def test_a_model_without_biases_is_refused_with_both_ways_out():
    refused = BITFIT.obstacle(OWN, STARTER, LAPTOP)
    assert "has no biases" in refused.why
    assert "norm tuning" in refused.remedy
    assert "'add': 155,520" in refused.remedy
    assert "refuse" in refused.remedy
    assert BITFIT.obstacle(ADD, STARTER, LAPTOP) is None


@pytest.mark.parametrize("kind", ["gemma3_text", "mistral", ""])
def test_where_the_config_has_no_place_for_biases_none_are_offered(kind):
    shape = replace(STARTER, kind=kind)
    assert "add" not in BITFIT.obstacle(OWN, shape, LAPTOP).remedy
    refused = BITFIT.obstacle(ADD, shape, LAPTOP)
    assert "cannot be added" in refused.why
    assert "norm tuning" in refused.remedy


def test_adding_to_a_model_that_has_its_own_points_to_those():
    shape = shape_of(model_of("qwen2"))
    assert BITFIT.obstacle(ADD, shape, LAPTOP).remedy == "Take the biases that it has."


def test_a_run_of_a_model_with_biases_of_its_own(tiny_model_folder, tmp_path, monkeypatch):
    folder = tmp_path / "qwen"
    shutil.copytree(tiny_model_folder, folder, ignore=shutil.ignore_patterns("*.safetensors", "config.json"))
    model_of("qwen2", vocab_size=VOCABULARY, max_position_embeddings=512).save_pretrained(folder)
    monkeypatch.chdir(tmp_path)
    plan = planned(folder, "one", "bitfit")
    run, _ = train(plan, folder)
    assert run.actual()["model"]["trainable"] == plan.shape.biases() == 3 * (32 + 16 + 16)
    assert run.actual()["differences"] == []
    compared = ftkit.compare(run.path, ["Say red twice."], rows=0, max_new_tokens=2)
    assert compared.base_difference < 1e-3
    assert compared.tuned_difference < 1e-3


def test_every_kind_that_can_be_given_biases_really_takes_them():
    from transformers import AutoConfig, AutoModelForCausalLM

    from ftkit.methods.bitfit import CAN_BE_GIVEN

    for kind in CAN_BE_GIVEN:
        config = AutoConfig.for_model(
            kind,
            vocab_size=96,
            hidden_size=32,
            intermediate_size=48,
            num_hidden_layers=2,
            num_attention_heads=4,
            num_key_value_heads=2,
            attention_bias=True,
            mlp_bias=True,
            pad_token_id=0,
        )
        model = AutoModelForCausalLM.from_config(config)
        biases = sum(p.numel() for name, p in model.named_parameters() if name.endswith(".bias"))
        assert biases == BITFIT.trainable(ADD, shape_of(model)) == shape_of(model).biases()
