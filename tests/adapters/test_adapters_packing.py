"""Four-bit weights stay packed the way they are trained with, on every processor."""

import pytest
import torch

from ftkit.adapters.packing import keep_packing

bnb = pytest.importorskip("bitsandbytes")


def test_an_evaluation_does_not_pack_the_weights_anew():
    torch.manual_seed(0)
    model = torch.nn.Sequential(bnb.nn.Linear4bit(64, 64, bias=False, quant_type="nf4"))
    model = model.to("cpu")
    before = model[0].weight.data.clone()
    keep_packing(model)
    model.eval()
    with torch.no_grad():
        model(torch.randn(2, 64))
    assert torch.equal(model[0].weight.data, before)
    assert not getattr(model[0].weight.quant_state, "packing_format_for_cpu", False)


def test_a_model_without_packed_weights_is_left_alone():
    model = torch.nn.Linear(2, 2)
    before = dict(vars(model))
    keep_packing(model)
    assert dict(vars(model)).keys() == before.keys()
