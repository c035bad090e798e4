"""Tiny models and data, made on the spot: no hub, no download, the same bytes every time."""

from __future__ import annotations

import json
import random
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

# SmolLM2-Instruct's own template, its default system prompt included.
CHAT_TEMPLATE = (
    "{% for message in messages %}"
    "{% if loop.first and messages[0]['role'] != 'system' %}"
    "{{ '<|im_start|>system\nYou are a helpful AI assistant named SmolLM, trained by Hugging Face<|im_end|>\n' }}"
    "{% endif %}"
    "{{'<|im_start|>' + message['role'] + '\n' + message['content'] + '<|im_end|>' + '\n'}}"
    "{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}"
)
SPECIAL = ("<|endoftext|>", "<|im_start|>", "<|im_end|>")
VOCABULARY = 320
WORDS = ("red", "blue", "gold", "pink", "grey", "teal", "plum", "lime")
QUESTIONS = ("Say {} twice.", "Repeat {} two times.", "Write {} and then again.", "Give me {} doubled.")


def tiny_rows(n: int, seed: int = 0) -> list[dict[str, Any]]:
    """Rows with ``prompt`` and ``answer``, all different: the answer says the prompt's word twice."""
    draw = random.Random(seed)
    rows = []
    for number in range(n):
        word = draw.choice(WORDS)
        question = draw.choice(QUESTIONS).format(word)
        rows.append({"prompt": f"{number + 1000 * seed}: {question}", "answer": f"{word} {word}!"})
    return rows


def as_chat(rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """The same rows with the columns ``prompt`` and ``completion`` that a trainer gets."""
    return [
        {
            "prompt": [{"role": "user", "content": row["prompt"]}],
            "completion": [{"role": "assistant", "content": row["answer"]}],
        }
        for row in rows
    ]


def write_jsonl(path: str | Path, rows: Iterable[dict[str, Any]]) -> Path:
    """Write one JSON object a line; makes the folder."""
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")
    return path


def tiny_tokenizer() -> Any:
    """A fast byte-level tokenizer with SmolLM2's special tokens (0, 1, 2) and chat template."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
    from transformers import PreTrainedTokenizerFast

    tokenizer = Tokenizer(models.BPE(unk_token=None))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=VOCABULARY,
        special_tokens=list(SPECIAL),
        initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()),
        show_progress=False,
    )
    system = "You are a helpful AI assistant named SmolLM, trained by Hugging Face\nsystem user assistant\n"
    corpus = [f"{row['prompt']} {row['answer']} {system}" for row in tiny_rows(64, seed=0)]
    tokenizer.train_from_iterator(corpus, trainer=trainer)
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        bos_token="<|im_start|>",
        eos_token="<|im_end|>",
        pad_token="<|im_end|>",
        unk_token="<|endoftext|>",
        additional_special_tokens=list(SPECIAL[1:]),
        chat_template=CHAT_TEMPLATE,
        model_max_length=1024,
        clean_up_tokenization_spaces=False,
    )


def tiny_model(folder: str | Path, *, seed: int = 0) -> Path:
    """Save a Llama of about 70,000 parameters with its tokenizer.

    Parameters
    ----------
    folder
        Where ``config.json``, ``model.safetensors`` and the tokenizer go.
    seed
        The weights: the same seed gives the same file, another seed another model.
    """
    import torch
    from transformers import GenerationConfig, LlamaConfig, LlamaForCausalLM

    folder = Path(folder)
    tokenizer = tiny_tokenizer()
    config = LlamaConfig(
        vocab_size=VOCABULARY,
        hidden_size=64,
        intermediate_size=64,
        num_hidden_layers=2,
        num_attention_heads=4,
        num_key_value_heads=2,
        max_position_embeddings=1024,
        tie_word_embeddings=True,
        initializer_range=0.1,
        bos_token_id=1,
        eos_token_id=2,
        pad_token_id=2,
        dtype="float32",
    )
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        model = LlamaForCausalLM(config)
    model.generation_config = GenerationConfig(bos_token_id=1, eos_token_id=2, pad_token_id=2)
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder
