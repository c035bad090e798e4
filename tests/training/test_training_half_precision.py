"""A base in half precision, before the first step: rounding is told from training."""

from __future__ import annotations

import peft
import pytest
import torch
from transformers import AutoModelForCausalLM

import ftkit
from ftkit.comparison import weights
from ftkit.errors import IdentityError
from ftkit.runfolder import History, RunFolder
from ftkit.training.lengths import start_rounded, unrounded
from tests.training.made_trainer import make_trainer


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def adapted(folder, dtype="bfloat16", **settings):
    base = AutoModelForCausalLM.from_pretrained(folder, dtype=dtype)
    config = peft.LoraConfig(r=4, target_modules="all-linear", task_type="CAUSAL_LM", **settings)
    return peft.get_peft_model(base, config)


def begin(folder, model, run="one", **more):
    trainer = make_trainer(folder, run, model=model, method="full", bf16=True, **more)
    ftkit.follow(trainer, run=run)
    trainer.train()
    return trainer


def kept_of(model):
    return [(name, weight) for name, weight in model.named_parameters() if "lora_magnitude_vector" in name]


def far_in_float32(model):
    """How far the answers with a fresh adapter are from the base's, beyond what computing in halves does."""
    model = model.float().eval()
    ids = torch.tensor([[3, 4, 5, 6]])
    with torch.no_grad():
        with model.disable_adapter():
            base = model(input_ids=ids).logits
        return float((model(input_ids=ids).logits - base).abs().max())


def test_dora_starts_rounded_and_the_base_is_measured_apart(tiny_model_folder):
    model = adapted(tiny_model_folder, use_dora=True)
    assert start_rounded(model)
    begin(tiny_model_folder, model)
    run = RunFolder("one")
    history = History.from_run(run)
    assert "start rounded" in run.actual()["base_check"]["note"]
    assert history.base_loss == pytest.approx(history.eval[0][1], abs=0.01)
    assert history.base_loss != history.eval[0][1]
    del model
    weights._alive.clear()
    result = ftkit.compare("one", ["Say red twice."], rows=0, max_new_tokens=4)
    assert (result.base_difference, result.tuned_difference) == (0, 0)
    assert ftkit.merged_model("one")


def test_lengths_are_only_put_aside_for_a_while(tiny_model_folder):
    model = adapted(tiny_model_folder, use_dora=True)
    before = [(name, weight.detach().clone()) for name, weight in kept_of(model)]
    with unrounded(model):
        assert any(
            not torch.equal(now, then) for (_, now), (_, then) in zip(kept_of(model), before, strict=True)
        )
        assert far_in_float32(model) < 1e-5
    assert all(torch.equal(now, then) for (_, now), (_, then) in zip(kept_of(model), before, strict=True))


def test_in_full_precision_nothing_is_rounded(tiny_model_folder):
    assert not start_rounded(adapted(tiny_model_folder, "float32", use_dora=True))
    assert not start_rounded(adapted(tiny_model_folder))


@pytest.mark.parametrize("how", ["a little", "a step", "all of it"])
def test_a_trained_length_is_no_rounded_one(tiny_model_folder, how):
    """Also where it has moved by less than rounding does, or to another number of the base's format."""
    model = adapted(tiny_model_folder, use_dora=True)
    _, kept = kept_of(model)[3]
    with torch.no_grad():
        if how == "a little":
            kept[0] += 1e-4 * kept[0]
        elif how == "a step":
            kept[0] = torch.nextafter(kept[0].bfloat16(), torch.tensor(9.0).bfloat16()).float()
            kept[0] = torch.nextafter(kept[0].bfloat16(), torch.tensor(9.0).bfloat16()).float()
        else:
            kept *= 1.5
    with pytest.raises(IdentityError, match="trained already: the lengths that DoRA keeps"):
        begin(tiny_model_folder, model)
    assert not RunFolder("one").exists()


@pytest.mark.parametrize("settings", [{}, {"use_dora": True}], ids=["lora", "dora"])
def test_a_trained_adapter_is_refused_in_half_precision_too(tiny_model_folder, settings):
    first = begin(tiny_model_folder, adapted(tiny_model_folder, **settings), max_steps=2)
    with pytest.raises(IdentityError, match="trained already"):
        begin(tiny_model_folder, first.model, "two", max_steps=2)


@pytest.mark.parametrize("settings", [{}, {"use_dora": True}], ids=["lora", "dora"])
def test_an_adapter_that_does_not_start_at_zero_is_refused_in_half_precision_too(tiny_model_folder, settings):
    model = adapted(tiny_model_folder, init_lora_weights=False, **settings)
    with pytest.raises(IdentityError, match=r"trained already|before the first step"):
        begin(tiny_model_folder, model, max_steps=1)


def test_pissa_is_refused_where_it_would_change_the_base(tiny_model_folder):
    model = adapted(tiny_model_folder, init_lora_weights="pissa")
    with pytest.raises(IdentityError, match=r"do not add up.*dtype=\"float32\""):
        begin(tiny_model_folder, model)
    assert not RunFolder("one").exists()


def test_pissa_computes_in_halves_over_a_whole_base(tiny_model_folder):
    begin(tiny_model_folder, adapted(tiny_model_folder, "float32", init_lora_weights="pissa"))
    weights._alive.clear()
    result = ftkit.compare("one", ["Say red twice."], rows=0, max_new_tokens=4)
    assert max(result.base_difference, result.tuned_difference) < 1e-3
    assert ftkit.merged_model("one")
