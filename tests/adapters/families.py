"""A tiny model of each family, with random weights."""

from __future__ import annotations

from typing import Any

SIZES = {
    "hidden_size": 32,
    "intermediate_size": 48,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "vocab_size": 64,
    "pad_token_id": 0,
    "bos_token_id": 1,
    "eos_token_id": 2,
}
GROUPED = {**SIZES, "num_key_value_heads": 2, "head_dim": 8}
OTHER_NAMES = {
    "GPT2": {"n_embd": 32, "n_layer": 2, "n_head": 4, "vocab_size": 64},
    "OPT": {**SIZES, "ffn_dim": 48, "word_embed_proj_dim": 32},
    "DistilBert": {"dim": 32, "hidden_dim": 48, "n_layers": 2, "n_heads": 4, "vocab_size": 64},
    "ModernBert": {**SIZES, "cls_token_id": 1, "sep_token_id": 2},
}
DECODERS = (
    "LlamaForCausalLM",
    "Qwen2ForCausalLM",
    "Qwen3ForCausalLM",
    "MistralForCausalLM",
    "MixtralForCausalLM",
    "Gemma2ForCausalLM",
    "Gemma3ForCausalLM",
    "Phi3ForCausalLM",
    "SmolLM3ForCausalLM",
    "GPTNeoXForCausalLM",
    "OPTForCausalLM",
    "GPT2LMHeadModel",
)
CLASSIFIERS = (
    "BertForSequenceClassification",
    "RobertaForSequenceClassification",
    "DistilBertForSequenceClassification",
    "ModernBertForSequenceClassification",
    "LlamaForSequenceClassification",
)


def made(name: str, **more: Any) -> Any:
    """A model of a class; the same weights every time."""
    import torch
    import transformers

    family = name.partition("For")[0].removesuffix("LMHeadModel")
    config_name = "Gemma3TextConfig" if family == "Gemma3" else f"{family}Config"
    sizes = OTHER_NAMES.get(family) or (SIZES if "ert" in family else GROUPED)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        config = getattr(transformers, config_name)(**{**sizes, **more})
        return getattr(transformers, name)(config).eval()


def answer(model: Any) -> Any:
    """The model's logits for a fixed text."""
    import torch

    ids = torch.tensor([[5, 9, 13, 21, 34], [6, 7, 8, 9, 10]])
    with torch.no_grad():
        return model(input_ids=ids, attention_mask=torch.ones_like(ids)).logits


def push(model: Any, seed: int = 0) -> None:
    """Move what trains, as a training would."""
    import torch

    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for weight in model.parameters():
            if weight.requires_grad:
                weight.add_(torch.randn(weight.shape, generator=generator) * 0.3)
