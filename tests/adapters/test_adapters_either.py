"""What a run has to know of an adapter gets the same answer for PEFT's adapters and for our own."""

from __future__ import annotations

import pytest
import torch
from transformers import AutoModelForCausalLM

from ftkit.adapters.bottleneck import adapters_off, add_adapters
from ftkit.adapters.either import (
    adapter_config,
    adapter_off,
    base_of,
    has_adapter,
    holds_adapter,
    is_saved_adapter,
    load_adapter,
    moved_from_zero,
    save_adapter,
)
from tests.adapters.families import answer, push


def base(folder):
    return AutoModelForCausalLM.from_pretrained(folder, dtype="float32").eval()


def with_lora(model):
    from peft import LoraConfig, get_peft_model

    return get_peft_model(model, LoraConfig(r=3, target_modules="all-linear", task_type="CAUSAL_LM")).eval()


def with_bottlenecks(model):
    return add_adapters(model, size=3, placement="houlsby")


EITHER = pytest.mark.parametrize(("adapt", "setting"), [(with_lora, "r"), (with_bottlenecks, "size")])


@EITHER
def test_it_is_seen_switched_off_and_told_from_a_fresh_one(tiny_model_folder, adapt, setting):
    plain = base(tiny_model_folder)
    before = answer(plain)
    assert not has_adapter(plain)
    assert adapter_config(plain) is None
    with adapter_off(plain):
        assert torch.equal(answer(plain), before)
    model = adapt(plain)
    assert has_adapter(model)
    assert adapter_config(model)[setting] == 3
    assert base_of(model) is plain
    assert moved_from_zero(model) == []
    push(model)
    assert moved_from_zero(model)
    assert not torch.equal(answer(model), before)
    with adapter_off(model):
        assert torch.equal(answer(model), before)


@EITHER
def test_it_is_saved_alone_found_loaded_and_recognised(tiny_model_folder, tmp_path, adapt, setting):
    model = adapt(base(tiny_model_folder))
    push(model)
    assert not holds_adapter(tmp_path)
    save_adapter(model, tmp_path)
    assert holds_adapter(tmp_path)
    assert not (tmp_path / "model.safetensors").exists()
    loaded = load_adapter(base(tiny_model_folder), tmp_path).eval()
    assert torch.equal(answer(loaded), answer(model))
    for same in (model, loaded):
        assert is_saved_adapter(same, tmp_path)
    push(model)
    assert not is_saved_adapter(model, tmp_path)


def test_the_one_kind_is_not_taken_for_the_other(tiny_model_folder, tmp_path):
    lora, ours = with_lora(base(tiny_model_folder)), with_bottlenecks(base(tiny_model_folder))
    save_adapter(lora, tmp_path / "lora")
    save_adapter(ours, tmp_path / "ours")
    assert not is_saved_adapter(lora, tmp_path / "ours")
    assert not is_saved_adapter(ours, tmp_path / "lora")
    assert not is_saved_adapter(base(tiny_model_folder), tmp_path / "ours")
    with adapters_off(ours):
        assert not is_saved_adapter(ours, tmp_path / "ours")
        assert adapter_config(ours) is None


def test_pickled_weights_are_no_saved_adapter(tmp_path):
    (tmp_path / "adapter_model.bin").write_bytes(b"")
    assert not holds_adapter(tmp_path)


@pytest.mark.parametrize("method", ["lora", "adalora", "vera", "oft"])
def test_an_adapter_that_has_moved_is_told_from_a_fresh_one(method):
    from tests.methods.architectures import made_ready, model_of, moved

    model, _, _ = made_ready(method, model_of("llama"))
    assert moved_from_zero(model) == []
    assert moved_from_zero(moved(model))
