"""Turn the starter's GGUF file into a folder that Transformers loads: run as a script, in its own process.

It is a script so that the process that asks (often an open wizard) neither grows nor imports anything.
Tensors are dequantised and written one at a time: the whole takes less memory than the model itself.
Transformers can read GGUF too, but it needs four times the memory and its tokenizer for this model
lacks the step that splits numbers into digits, so `` 12`` would become tokens the model never saw.
"""

from __future__ import annotations

import json
import struct
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

BLOCK_NAMES = {
    "attn_norm": "input_layernorm",
    "attn_q": "self_attn.q_proj",
    "attn_k": "self_attn.k_proj",
    "attn_v": "self_attn.v_proj",
    "attn_output": "self_attn.o_proj",
    "ffn_norm": "post_attention_layernorm",
    "ffn_gate": "mlp.gate_proj",
    "ffn_up": "mlp.up_proj",
    "ffn_down": "mlp.down_proj",
}
OUTER_NAMES = {"token_embd.weight": "model.embed_tokens.weight", "output_norm.weight": "model.norm.weight"}
SPECIAL = 3
"""GGUF's token type for control tokens such as ``<|im_end|>``."""


def _name(gguf_name: str) -> str:
    """The name that Transformers gives a tensor."""
    if gguf_name in OUTER_NAMES:
        return OUTER_NAMES[gguf_name]
    _, layer, kind, end = gguf_name.split(".")
    return f"model.layers.{layer}.{BLOCK_NAMES[kind]}.{end}"


def _heads_in_halves(weights: Any, heads: int) -> Any:
    """Undo llama.cpp's order of rotary rows: there the two halves of each head are interleaved."""
    half = weights.shape[0] // heads // 2
    return weights.reshape(heads, half, 2, weights.shape[1]).swapaxes(1, 2).reshape(weights.shape)


def write_weights(reader: Any, target: Path, heads: int, kv_heads: int) -> Iterator[tuple[int, int]]:
    """Write ``model.safetensors`` in float32 and yield (tensors done, tensors in all)."""
    import numpy as np
    from gguf import dequantize

    header: dict[str, Any] = {"__metadata__": {"format": "pt"}}
    offset = 0
    for tensor in reader.tensors:
        # GGUF lists the fastest axis first.
        shape = [int(size) for size in reversed(tensor.shape)]
        length = 4 * int(np.prod(shape))
        header[_name(tensor.name)] = {
            "dtype": "F32",
            "shape": shape,
            "data_offsets": [offset, offset + length],
        }
        offset += length
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    with target.open("wb") as out:
        out.write(struct.pack("<Q", len(text)))
        out.write(text)
        for done, tensor in enumerate(reader.tensors, start=1):
            weights = dequantize(tensor.data, tensor.tensor_type).astype(np.float32, copy=False)
            if ".attn_q." in tensor.name:
                weights = _heads_in_halves(weights, heads)
            elif ".attn_k." in tensor.name:
                weights = _heads_in_halves(weights, kv_heads)
            out.write(np.ascontiguousarray(weights).data)
            yield done, len(reader.tensors)


def write_tokenizer(fields: dict[str, Any], folder: Path) -> None:
    """Write ``tokenizer.json``, its configuration and the chat template."""
    from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers

    tokens = fields["tokenizer.ggml.tokens"]
    merges = [tuple(pair.split(" ", 1)) for pair in fields["tokenizer.ggml.merges"]]
    tokenizer = Tokenizer(models.BPE({token: at for at, token in enumerate(tokens)}, merges))
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.Digits(individual_digits=True), pre_tokenizers.ByteLevel(add_prefix_space=False)]
    )
    tokenizer.decoder = decoders.ByteLevel()
    kinds = fields["tokenizer.ggml.token_type"]
    tokenizer.add_special_tokens(
        [
            AddedToken(token, special=True, normalized=False)
            for token, kind in zip(tokens, kinds, strict=True)
            if kind == SPECIAL
        ]
    )
    tokenizer.save(str(folder / "tokenizer.json"))
    roles = {"bos_token": "bos", "eos_token": "eos", "pad_token": "padding", "unk_token": "unknown"}
    settings = {role: tokens[fields[f"tokenizer.ggml.{key}_token_id"]] for role, key in roles.items()}
    settings |= {
        # The class that takes tokenizer.json as it is; GPT-2's own would rebuild it without the digits.
        "tokenizer_class": "PreTrainedTokenizerFast",
        "clean_up_tokenization_spaces": False,
        "model_max_length": fields["llama.context_length"],
    }
    _write_json(folder / "tokenizer_config.json", settings)
    (folder / "chat_template.jinja").write_text(
        fields["tokenizer.chat_template"], encoding="utf-8", newline="\n"
    )


def write_config(fields: dict[str, Any], folder: Path) -> None:
    """Write ``config.json`` and ``generation_config.json`` as the model's authors published them."""
    ids = {
        "bos_token_id": fields["tokenizer.ggml.bos_token_id"],
        "eos_token_id": fields["tokenizer.ggml.eos_token_id"],
        "pad_token_id": fields["tokenizer.ggml.padding_token_id"],
    }
    config = {
        "architectures": ["LlamaForCausalLM"],
        "model_type": "llama",
        "attention_bias": False,
        "attention_dropout": 0.0,
        "hidden_act": "silu",
        "hidden_size": fields["llama.embedding_length"],
        "initializer_range": 0.041666666666666664,
        "intermediate_size": fields["llama.feed_forward_length"],
        "max_position_embeddings": fields["llama.context_length"],
        "mlp_bias": False,
        "num_attention_heads": fields["llama.attention.head_count"],
        "num_hidden_layers": fields["llama.block_count"],
        "num_key_value_heads": fields["llama.attention.head_count_kv"],
        # GGUF keeps float32: 9.99999975e-06 is the published 1e-05.
        "rms_norm_eps": float(f"{fields['llama.attention.layer_norm_rms_epsilon']:.6g}"),
        "rope_scaling": None,
        "rope_theta": fields["llama.rope.freq_base"],
        "tie_word_embeddings": True,
        "torch_dtype": "float32",
        "use_cache": True,
        "vocab_size": fields["llama.vocab_size"],
        **ids,
    }
    _write_json(folder / "config.json", config)
    _write_json(folder / "generation_config.json", {"_from_model_config": True, **ids})


def _write_json(path: Path, content: dict[str, Any]) -> None:
    path.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")


def dequantise(source: Path, folder: Path) -> Iterator[tuple[int, int]]:
    """Write the model in `source` into `folder` and yield (tensors done, tensors in all).

    Parameters
    ----------
    source
        A GGUF file of the Llama architecture with tied embeddings and SmolLM's tokenizer.
    folder
        An existing folder.

    Raises
    ------
    ValueError
        Where the file holds another kind of model: its tokens would come out wrong without a word.
    """
    from gguf import GGUFReader

    reader = GGUFReader(source)
    fields = {name: field.contents() for name, field in reader.fields.items()}
    kind = (fields["general.architecture"], fields["tokenizer.ggml.model"], fields["tokenizer.ggml.pre"])
    if kind != ("llama", "gpt2", "smollm") or any(
        tensor.name == "output.weight" for tensor in reader.tensors
    ):
        raise ValueError(f"{source.name} is not a SmolLM2 model: {kind}")
    write_config(fields, folder)
    write_tokenizer(fields, folder)
    heads, kv_heads = fields["llama.attention.head_count"], fields["llama.attention.head_count_kv"]
    yield from write_weights(reader, folder / "model.safetensors", heads, kv_heads)


if __name__ == "__main__":
    for done, total in dequantise(Path(sys.argv[1]), Path(sys.argv[2])):
        sys.stdout.write(f"{done} {total}\n")
        sys.stdout.flush()
