"""A tiny base model: made to continue texts, without a chat template and without the tokens that chat models have."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.tiny import tiny_rows

END = "<|endoftext|>"
VOCABULARY = 300


def base_tokenizer() -> Any:
    """A byte-level tokenizer that knows one special token, the end of a text."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
    from transformers import PreTrainedTokenizerFast

    tokenizer = Tokenizer(models.BPE(unk_token=None))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=VOCABULARY,
        special_tokens=[END],
        initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()),
        show_progress=False,
    )
    corpus = [f"{row['prompt']} {row['answer']} user assistant\n" for row in tiny_rows(64)]
    tokenizer.train_from_iterator(corpus, trainer=trainer)
    return PreTrainedTokenizerFast(tokenizer_object=tokenizer, eos_token=END, model_max_length=1024)


def base_model(folder: str | Path, *, tied: bool = True, spare: int = 0) -> Path:
    """Save a Llama of about 70,000 parameters with that tokenizer.

    Parameters
    ----------
    tied
        Whether what reads tokens and what writes them share their weights.
    spare
        Rows that the model has beyond the tokenizer's.
    """
    import torch
    from transformers import GenerationConfig, LlamaConfig, LlamaForCausalLM

    folder, tokenizer = Path(folder), base_tokenizer()
    config = LlamaConfig(
        vocab_size=len(tokenizer) + spare,
        hidden_size=64,
        intermediate_size=64,
        num_hidden_layers=2,
        num_attention_heads=4,
        num_key_value_heads=2,
        max_position_embeddings=1024,
        tie_word_embeddings=tied,
        initializer_range=0.1,
        bos_token_id=None,
        eos_token_id=0,
        dtype="float32",
    )
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        model = LlamaForCausalLM(config)
    model.generation_config = GenerationConfig(eos_token_id=0)
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder
