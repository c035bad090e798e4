"""Tiny models of several kinds, in memory: what a technique counts has to be what really trains in each."""

from __future__ import annotations

from typing import Any

from ftkit.methods import METHODS
from tests.methods.shapes import shape_of

KINDS = ("llama", "qwen2", "gemma3_text")
"""Tied embeddings; biases and a head of its own; norms for every head and four in each block."""


def model_of(kind: str, **more: Any) -> Any:
    """A model with random weights; `more` are sizes that are not the usual tiny ones."""
    import transformers

    sizes: dict[str, Any] = {
        "vocab_size": 96,
        "hidden_size": 32,
        "intermediate_size": 48,
        "num_hidden_layers": 3,
        "num_attention_heads": 4,
        "num_key_value_heads": 2,
        "max_position_embeddings": 64,
        "pad_token_id": 0,
        "tie_word_embeddings": kind != "qwen2",
        **more,
    }
    names = {"llama": "Llama", "qwen2": "Qwen2", "gemma3_text": "Gemma3Text"}
    config = getattr(transformers, f"{names[kind]}Config")(
        **sizes, **({"head_dim": 8} if kind != "qwen2" else {})
    )
    return transformers.AutoModelForCausalLM.from_config(config)


def made_ready(method_id: str, model: Any, **settings: Any) -> tuple[Any, int, int]:
    """A model after a technique's own cell; what the technique says will train, and what does."""
    method = METHODS[method_id]
    chosen, reasons = method.resolve(method.settings(**settings))
    stated = method.trainable(chosen, shape_of(model))
    names: dict[str, Any] = {}
    exec(method.cell(chosen, reasons, "CAUSAL_LM"), names)
    if names["peft_config"] is None:
        names["choose_what_trains"](model)
    else:
        from peft import get_peft_model

        model = get_peft_model(model, names["peft_config"])
    return model, stated, sum(p.numel() for p in model.parameters() if p.requires_grad)


def answers(model: Any) -> Any:
    """The model's logits for a few made-up tokens."""
    import torch

    with torch.no_grad():
        return model.eval()(input_ids=torch.arange(1, 9)[None]).logits


def moved(model: Any, rate: float = 0.05) -> Any:
    """The model after a step that changes every weight that trains."""
    import torch

    with torch.no_grad():
        for parameter in model.parameters():
            if parameter.requires_grad:
                parameter.add_(
                    rate * torch.randn(parameter.shape, generator=torch.Generator().manual_seed(1))
                )
    return model
