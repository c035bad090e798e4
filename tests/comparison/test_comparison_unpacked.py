"""Weights of four bits, unpacked: the same ones, layer by layer, or none."""

import pytest
import torch
from transformers import AutoModelForCausalLM, BitsAndBytesConfig

from ftkit.comparison.unpacked import unpacked
from ftkit.errors import IdentityError

pytest.importorskip("bitsandbytes")


@pytest.fixture(params=["float32", "bfloat16"])
def packed(request, tiny_model_folder):
    packing = BitsAndBytesConfig(
        load_in_4bit=True,
        bnb_4bit_quant_type="nf4",
        bnb_4bit_use_double_quant=True,
        bnb_4bit_compute_dtype=request.param,
    )
    model = AutoModelForCausalLM.from_pretrained(
        tiny_model_folder, dtype="bfloat16", quantization_config=packing
    )
    for module in model.modules():
        if hasattr(module, "support_avx512bf16_for_cpu"):
            # Some processors pack anew while they compute, in a way that bitsandbytes does not undo.
            module.support_avx512bf16_for_cpu = False
    return model


def test_unpacked_weights_are_the_packed_ones_in_float32(packed):
    layer = packed.model.layers[0].mlp.up_proj
    rows = torch.eye(layer.in_features)
    layer.compute_dtype = torch.float32
    with torch.no_grad():
        expected = layer(rows).T
    plain = unpacked(packed)
    assert {weight.dtype for weight in plain.parameters()} == {torch.float32}
    assert torch.equal(plain.model.layers[0].mlp.up_proj.weight, expected)


@pytest.mark.parametrize("other", ["never packed", "one row"])
def test_other_weights_are_refused(packed, monkeypatch, tiny_model_folder, other):
    plain = AutoModelForCausalLM.from_pretrained(tiny_model_folder, dtype="float32")
    unpack = type(packed).dequantize

    def wrong(self, dtype=None):
        model = unpack(self, dtype)
        weight = model.model.layers[1].mlp.up_proj.weight.data
        if other == "one row":
            weight[0] *= -1
        else:
            weight.copy_(plain.model.layers[1].mlp.up_proj.weight)
        return model

    monkeypatch.setattr(type(packed), "dequantize", wrong)
    with pytest.raises(IdentityError, match=r"layers.1.mlp.up_proj is not what it was"):
        unpacked(packed)
