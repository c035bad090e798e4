"""Norm tuning: every norm of every kind trains, and takes the base's place when merged."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ftkit.fields import Gpu
from ftkit.methods import METHODS
from ftkit.recipe import from_presets, resolve
from tests.methods.architectures import KINDS, answers, made_ready, model_of, moved
from tests.methods.shapes import STARTER, shape_of
from tests.methods.trained import FACTS, LAPTOP, cells_of

NORMS = METHODS["norm-tuning"]


@pytest.mark.parametrize("kind", KINDS)
def test_every_norm_trains_and_nothing_else(kind):
    import torch

    base = model_of(kind)
    before, weights = answers(base), sum(p.numel() for n, p in base.named_parameters() if "norm" in n)
    model, stated, counted = made_ready("norm-tuning", base)
    assert stated == counted == weights
    assert torch.equal(answers(model), before)


@pytest.mark.parametrize("kind", KINDS)
def test_merged_it_is_a_model_like_the_base(kind):
    import torch

    base = model_of(kind)
    names = set(base.state_dict())
    model, _, _ = made_ready("norm-tuning", base)
    after = answers(moved(model))
    merged = model.merge_and_unload()
    assert NORMS.merges
    assert torch.equal(answers(merged), after)
    assert set(merged.state_dict()) == names


def test_peft_s_own_list_would_leave_norms_out():
    """Why the cell names the norms."""
    from peft import LNTuningConfig, get_peft_model

    model = get_peft_model(model_of("qwen2"), LNTuningConfig(task_type="CAUSAL_LM"))
    counted = sum(p.numel() for p in model.parameters() if p.requires_grad)
    assert counted < NORMS.trainable(NORMS.settings(), shape_of(model))


def test_on_a_card_that_computes_in_halves_some_bases_stay_whole():
    card = replace(LAPTOP, gpu=Gpu("card", 24 * 2**30, bf16=True))
    cells = {
        method: cells_of(resolve(from_presets(method=method, run="one"), card, FACTS, STARTER))["train"]
        for method in ("lora", "dora", "norm-tuning", "pissa")
    }
    for method in ("lora", "dora"):
        assert 'dtype="bfloat16"' in cells[method]
    for method in ("norm-tuning", "pissa"):
        assert 'dtype="float32"' in cells[method]
        assert "bf16" not in cells[method], "the trainer's own default: it computes in halves"


def test_the_starter_model_has_the_measured_number():
    assert NORMS.trainable(NORMS.settings(), STARTER) == 35_136
