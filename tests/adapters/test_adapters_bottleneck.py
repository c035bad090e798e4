"""Bottleneck adapters: they start as nothing, train alone, are switched by name, and go without a trace."""

from __future__ import annotations

import pytest
import torch

from ftkit.adapters.bottleneck import (
    active_adapters,
    adapter_names,
    adapters_off,
    add_adapters,
    has_adapters,
    remove_adapters,
    set_active,
)
from tests.adapters.families import CLASSIFIERS, DECODERS, answer, made, push

EACH = 2 * 32 * 5 + 5 + 32


def trained(model):
    return {name for name, weight in model.named_parameters() if weight.requires_grad}


@pytest.mark.parametrize(("placement", "places"), [("pfeiffer", 1), ("houlsby", 2)])
@pytest.mark.parametrize("name", DECODERS)
def test_a_decoder_answers_as_before_and_only_the_adapters_learn(name, placement, places):
    model = made(name)
    before, names = answer(model), set(model.state_dict())
    assert add_adapters(model, size=5, placement=placement) is model
    assert torch.equal(answer(model), before)
    assert sum(weight.numel() for weight in model.parameters() if weight.requires_grad) == 2 * places * EACH
    ids = torch.tensor([[5, 9, 13, 21, 34]])
    model.train()(input_ids=ids, labels=ids).loss.backward()
    with_gradient = {key for key, weight in model.named_parameters() if weight.grad is not None}
    assert with_gradient == trained(model)
    model.eval()
    push(model)
    assert not torch.equal(answer(model), before)
    with adapters_off(model):
        assert torch.equal(answer(model), before)
    remove_adapters(model)
    assert torch.equal(answer(model), before)
    assert set(model.state_dict()) == names
    assert all(weight.requires_grad for weight in model.parameters())


@pytest.mark.parametrize("name", CLASSIFIERS)
def test_a_classifier_learns_its_head_too_and_gets_the_old_one_back(name):
    model = made(name)
    before = answer(model)
    add_adapters(model, size=5, placement="houlsby")
    assert torch.equal(answer(model), before)
    heads = {key.partition(".")[0] for key in trained(model)} - {model.base_model_prefix}
    assert heads
    assert all(key.startswith("after_") for key in heads)
    push(model)
    add_adapters(model, "second", size=3)
    assert torch.equal(answer(model), before)
    with adapters_off(model):
        assert torch.equal(answer(model), before)
    set_active(model, "default")
    assert not torch.equal(answer(model), before)
    remove_adapters(model)
    assert torch.equal(answer(model), before)


@pytest.mark.parametrize(("placement", "parts"), [("pfeiffer", ["mlp"]), ("houlsby", ["self_attn", "mlp"])])
def test_adapters_are_where_the_placement_says(placement, parts):
    model = add_adapters(made("LlamaForCausalLM"), size=5, placement=placement)
    given: dict[str, list[torch.Tensor]] = {"self_attn": [], "mlp": []}
    for part, outputs in given.items():
        module = model.model.layers[0].get_submodule(part)
        module.register_forward_hook(
            lambda _, inputs, output, outputs=outputs: outputs.append(
                output[0] if isinstance(output, tuple) else output
            )
        )
    answer(model)
    push(model)
    answer(model)
    # The first block's attention reads the embeddings alone: it moves only where an adapter follows it.
    assert [part for part, (before, after) in given.items() if not torch.equal(before, after)] == parts


def test_one_adapter_computes_down_bend_up_and_adds_it():
    model = made("LlamaForCausalLM")
    add_adapters(model, size=5, nonlinearity="relu")
    push(model)
    adapter = model.model.layers[0].after_feed_forward.adapters["default"]
    hidden = torch.randn(2, 3, 32)
    narrow = (hidden @ adapter.down.weight.T + adapter.down.bias).clamp(min=0)
    expected = hidden + narrow @ adapter.up.weight.T + adapter.up.bias
    assert torch.allclose(adapter(hidden), expected, atol=1e-6)


def test_the_seed_alone_decides_the_start_and_the_persons_random_state_stays():
    torch.manual_seed(1)
    state = torch.random.get_rng_state()
    first = add_adapters(made("LlamaForCausalLM"), size=5, seed=3)
    assert torch.equal(torch.random.get_rng_state(), state)
    torch.manual_seed(2)
    second = add_adapters(made("LlamaForCausalLM"), size=5, seed=3)
    other = add_adapters(made("LlamaForCausalLM"), size=5, seed=4)

    def start(model):
        return model.model.layers[1].after_feed_forward.adapters["default"].down.weight

    assert torch.equal(start(first), start(second))
    assert not torch.equal(start(first), start(other))


def test_several_tasks_over_one_base_are_switched_by_name():
    model = made("LlamaForCausalLM")
    base = answer(model)
    add_adapters(model, "pirate", size=5)
    push(model, 1)
    pirate = answer(model)
    add_adapters(model, "poet", size=7, placement="houlsby")
    assert torch.equal(answer(model), base)
    assert all(".poet." in name for name in trained(model))
    push(model, 2)
    poet = answer(model)
    assert adapter_names(model) == ["pirate", "poet"]
    for name, expected in (("pirate", pirate), ("poet", poet), ("pirate", pirate)):
        set_active(model, name)
        assert active_adapters(model) == name
        assert torch.equal(answer(model), expected)
        with adapters_off(model):
            assert torch.equal(answer(model), base)
            assert active_adapters(model) is None
        assert torch.equal(answer(model), expected)
    remove_adapters(model, "pirate")
    assert torch.equal(answer(model), base)
    set_active(model, "poet")
    assert torch.equal(answer(model), poet)
    assert adapter_names(model) == ["poet"]


def test_adapters_are_on_again_after_an_error_in_the_block():
    model = add_adapters(made("LlamaForCausalLM"), size=5)
    with pytest.raises(RuntimeError, match="stop"), adapters_off(model):
        raise RuntimeError("stop")
    assert active_adapters(model) == "default"


def test_writing_with_a_cache_gives_the_same_text_as_without():
    model = add_adapters(made("LlamaForCausalLM"), size=5, placement="houlsby")
    push(model)
    ids = torch.tensor([[5, 9, 13]])
    texts = [
        model.generate(ids, max_new_tokens=12, do_sample=False, use_cache=cached, eos_token_id=None).tolist()
        for cached in (True, False)
    ]
    assert texts[0] == texts[1]
    with adapters_off(model):
        plain = model.generate(ids, max_new_tokens=12, do_sample=False, eos_token_id=None).tolist()
    assert plain != texts[0]


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
def test_over_a_base_in_half_precision_the_adapters_keep_full_precision(dtype):
    model = made("LlamaForCausalLM").to(dtype)
    before = answer(model)
    add_adapters(model, size=5)
    assert {weight.dtype for weight in model.parameters() if weight.requires_grad} == {torch.float32}
    assert torch.equal(answer(model), before)
    assert answer(model).dtype == dtype


def test_recomputing_activations_gives_the_same_gradients():
    gradients = []
    for recomputed in (False, True):
        model = add_adapters(made("LlamaForCausalLM"), size=5, placement="houlsby")
        push(model)
        if recomputed:
            model.gradient_checkpointing_enable({"use_reentrant": False})
        ids = torch.tensor([[5, 9, 13, 21, 34]])
        model.train()(input_ids=ids, labels=ids, use_cache=False).loss.backward()
        gradients.append([weight.grad for weight in model.parameters() if weight.requires_grad])
    assert all(torch.allclose(a, b, atol=1e-6) for a, b in zip(*gradients, strict=True))


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ({"placement": "parallel"}, "choose one of pfeiffer, houlsby"),
        ({"nonlinearity": "sine"}, "choose one of relu"),
        ({"size": 0}, "whole number above 0"),
        ({"dropout": 1.0}, "below 1"),
        ({"name": "a.b"}, "word without dots"),
        ({"name": "items"}, "cannot name adapters"),
    ],
)
def test_what_will_not_do_is_said_and_the_model_stays_as_it_was(arguments, says):
    model = made("LlamaForCausalLM")
    with pytest.raises(ValueError, match=says):
        add_adapters(model, **arguments)
    assert all(weight.requires_grad for weight in model.parameters())
    assert not has_adapters(model)


def test_a_name_twice_an_unknown_name_and_another_technique_are_refused():
    from peft import LoraConfig, get_peft_model

    model = add_adapters(made("LlamaForCausalLM"))
    with pytest.raises(ValueError, match="named 'default' already"):
        add_adapters(model)
    with pytest.raises(ValueError, match="no adapters named 'poet'; it has: default"):
        set_active(model, "poet")
    adapted = get_peft_model(made("LlamaForCausalLM"), LoraConfig(target_modules="all-linear"))
    with pytest.raises(ValueError, match="PEFT adapter already"):
        add_adapters(adapted)


def test_a_model_without_known_blocks_is_refused():
    from transformers import T5Config, T5ForConditionalGeneration

    model = T5ForConditionalGeneration(
        T5Config(d_model=32, d_ff=48, num_layers=2, num_heads=4, vocab_size=64)
    )
    with pytest.raises(ValueError, match="no blocks with an attention and a feed-forward part"):
        add_adapters(model)
    assert all(weight.requires_grad for weight in model.parameters())
