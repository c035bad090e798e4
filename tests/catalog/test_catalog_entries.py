"""The catalogue: what it offers, and that its parameter counts are exact."""

from __future__ import annotations

import json
from importlib import resources

import pytest

from ftkit import catalog
from ftkit.catalog.shapes import LLAMA_LIKE
from ftkit.errors import ModelError
from ftkit.fields import EncoderShape
from ftkit.fields.encoders import LAYER_NAMES

# As published by the models' authors (the hub counts the tensors in the safetensors files).
PUBLISHED = {
    "smollm2-135m": 134_515_008,
    "smollm2-360m": 361_821_120,
    "smollm2-1.7b": 1_711_376_384,
    "qwen2.5-0.5b": 494_032_768,
    "qwen2.5-1.5b": 1_543_714_304,
    "qwen2.5-3b": 3_085_938_688,
    "qwen2.5-7b": 7_615_616_512,
    "qwen3-4b": 4_022_468_096,
    "tinyllama-1.1b": 1_100_048_384,
    "gemma-3-1b": 999_885_952,
    "gemma-2-2b": 2_614_341_888,
    "llama-3.2-1b": 1_235_814_400,
    "llama-3.2-3b": 3_212_749_824,
    "llama-3.1-8b": 8_030_261_248,
    "llama-3.1-70b": 70_553_706_496,
    "llama-3.3-70b": 70_553_706_496,
    "mistral-7b": 7_248_023_552,
    "distilbert-base-uncased": 66_362_880,
    "bert-base-uncased": 109_482_240
    - 590_592,  # without the layer above its blocks, which belongs to the head
    "distilbert-base-multilingual-cased": 134_734_080,
}
GUIDES_NAME = {
    "meta-llama/Llama-3.2-1B-Instruct": "unsloth/Llama-3.2-1B-Instruct-bnb-4bit",
    "meta-llama/Llama-3.2-3B-Instruct": "unsloth/Llama-3.2-3B-Instruct-bnb-4bit",
    "meta-llama/Llama-3.1-8B-Instruct": "unsloth/Meta-Llama-3.1-8B-Instruct-bnb-4bit",
}


def _kind(entry: catalog.BaseModelEntry) -> str:
    kinds = {
        "Qwen2.5": "qwen2",
        "Qwen3": "qwen3",
        "Mistral": "mistral",
        "gemma-2": "gemma2",
        "gemma-3": "gemma3_text",
    }
    return next((kind for name, kind in kinds.items() if name in entry.hub_id), "llama")


def _config(entry: catalog.BaseModelEntry) -> dict:
    """The entry as a ``config.json``, in the words of its model type."""
    shape = entry.shape
    if isinstance(shape, EncoderShape):
        words = ("num_hidden_layers", "hidden_size", "intermediate_size", "num_attention_heads")
        if shape.kind == "distilbert":
            words = ("n_layers", "dim", "hidden_dim", "n_heads")
        sizes = (shape.layers, shape.hidden, shape.intermediate, shape.heads)
        return {
            "model_type": shape.kind,
            "vocab_size": shape.vocabulary,
            "max_position_embeddings": shape.positions,
            "type_vocab_size": shape.segments,
            **dict(zip(words, sizes, strict=True)),
        }
    return {
        "model_type": _kind(entry),
        "hidden_size": shape.hidden,
        "intermediate_size": shape.intermediate,
        "num_hidden_layers": shape.layers,
        "num_attention_heads": shape.heads,
        "num_key_value_heads": shape.kv_heads,
        "head_dim": shape.head_dim,
        "vocab_size": shape.vocabulary,
        "tie_word_embeddings": shape.tied_embeddings,
    }


def _count_with_transformers(config: dict) -> int:
    import torch
    from transformers import AutoConfig, AutoModel, AutoModelForCausalLM

    if config["model_type"] in LAYER_NAMES:
        with torch.device("meta"):
            model = AutoModel.from_config(AutoConfig.for_model(**config))
        own = [(name, weight.numel()) for name, weight in model.named_parameters()]
        return sum(count for name, count in own if not name.startswith("pooler."))
    # No padding token: its default number is outside a small vocabulary.
    settings = AutoConfig.for_model(**{**config, "pad_token_id": None, "bos_token_id": 1, "eos_token_id": 2})
    with torch.device("meta"):
        model = AutoModelForCausalLM.from_config(settings)
    return sum(parameter.numel() for parameter in model.parameters())


def test_from_135_million_to_70_billion() -> None:
    entries = catalog.models()
    assert len(entries) >= 12
    assert [entry.parameters for entry in entries] == sorted(entry.parameters for entry in entries)
    assert next(entry for entry in entries if entry.shape.writes).id == catalog.STARTER_ID
    assert entries[-1].parameters > 70e9


def test_the_guides_models_are_there_with_their_4_bit_twins() -> None:
    by_hub_id = {entry.hub_id: entry.unsloth_4bit for entry in catalog.models()}
    assert GUIDES_NAME.items() <= by_hub_id.items()


def test_every_entry_says_what_a_beginner_needs() -> None:
    ids = [entry.id for entry in catalog.models()]
    assert len(set(ids)) == len(ids)
    for entry in catalog.models():
        assert entry.note.endswith(".")
        assert 30 < len(entry.note) < 130
        assert entry.licence
        assert entry.context >= (2048 if entry.shape.writes else 512)
        assert entry.chat == entry.shape.writes
        assert entry.note.startswith("For classification only") == (not entry.shape.writes)
        assert entry.gated == entry.hub_id.startswith(("meta-llama/", "google/"))


def test_counts_are_the_published_ones() -> None:
    counts = {entry.id: entry.parameters for entry in catalog.models()}
    assert {name: counts[name] for name in PUBLISHED} == PUBLISHED


@pytest.mark.parametrize("entry", catalog.models(), ids=lambda entry: entry.id)
def test_counts_are_those_of_transformers(entry: catalog.BaseModelEntry) -> None:
    config = _config(entry)
    assert _count_with_transformers(config) == entry.parameters
    # Reading the same config.json gives the same shape.
    assert catalog.shape_from_config(config, entry.id) == entry.shape


@pytest.mark.parametrize("kind", sorted(LLAMA_LIKE))
@pytest.mark.parametrize("tied", [True, False])
def test_every_known_kind_is_counted_exactly(kind: str, tied: bool) -> None:
    config = {
        "model_type": kind,
        "hidden_size": 48,
        "intermediate_size": 80,
        "num_hidden_layers": 3,
        "num_attention_heads": 4,
        "num_key_value_heads": 2,
        "head_dim": 16,
        "vocab_size": 320,
        "tie_word_embeddings": tied,
    }
    assert catalog.shape_from_config(config, "it").parameters == _count_with_transformers(config)


@pytest.mark.parametrize("kind", sorted(LAYER_NAMES))
def test_encoders_are_counted_exactly(kind: str) -> None:
    words = ("num_hidden_layers", "hidden_size", "intermediate_size", "num_attention_heads")
    if kind == "distilbert":
        words = ("n_layers", "dim", "hidden_dim", "n_heads")
    sizes = dict(zip(words, (3, 32, 48, 4), strict=True))
    config = {
        "model_type": kind,
        "vocab_size": 320,
        "max_position_embeddings": 70,
        "type_vocab_size": 3,
        **sizes,
    }
    shape = catalog.shape_from_config(config, "it")
    assert shape.parameters == _count_with_transformers(config)
    assert isinstance(shape, EncoderShape)
    assert shape.longest == (70 if kind in ("bert", "distilbert") else 68)


@pytest.mark.parametrize("kind", ["llama", "qwen3"])
def test_biases_are_counted(kind: str) -> None:
    config = {
        "model_type": kind,
        "hidden_size": 32,
        "intermediate_size": 64,
        "num_hidden_layers": 2,
        "num_attention_heads": 4,
        "num_key_value_heads": 4,
        "head_dim": 8,
        "vocab_size": 320,
        "attention_bias": True,
        "mlp_bias": kind == "llama",
        "tie_word_embeddings": False,
    }
    assert catalog.shape_from_config(config, "it").parameters == _count_with_transformers(config)


def test_the_data_file_is_plain() -> None:
    rows = json.loads(resources.files("ftkit.catalog").joinpath("entries.json").read_text(encoding="utf-8"))
    assert all(set(row["shape"]) >= {"layers", "hidden", "vocabulary", "tied_embeddings"} for row in rows)


@pytest.mark.parametrize(
    ("config", "says"),
    [
        ({"model_type": "albert", "architectures": ["AlbertForMaskedLM"]}, "cannot write answers"),
        (
            {"model_type": "bert", "architectures": ["BertForTokenClassification"]},
            "made for one task already",
        ),
        ({"model_type": "bert", "architectures": ["BertForMaskedLM"]}, "whose sizes ftkit cannot read"),
        ({"model_type": "bart", "architectures": ["BartModel"]}, "an encoder and a decoder"),
        ({"model_type": "t5", "is_encoder_decoder": True}, "an encoder and a decoder"),
        (
            {"model_type": "llama", "architectures": ["LlamaForSequenceClassification"]},
            "cannot write answers",
        ),
        ({"model_type": "qwen2_vl", "vision_config": {}}, "pictures or sound"),
        ({"model_type": "llama", "quantization_config": {"quant_method": "gptq"}}, "packed with gptq"),
        ({"model_type": "llama", "architectures": ["LlamaModel"]}, "without the part that writes text"),
        ({"model_type": "own", "auto_map": {"AutoModel": "own.Own"}}, "brings its own program code"),
        ({"model_type": "mamba", "architectures": ["MambaForCausalLM"]}, "whose sizes ftkit cannot read"),
        ({}, "names no model type"),
    ],
)
def test_other_kinds_are_refused_in_a_sentence(config: dict, says: str) -> None:
    with pytest.raises(ModelError, match=says) as caught:
        catalog.shape_from_config(config, "owner/it")
    assert caught.value.remedy
    assert "'owner/it'" in caught.value.what
