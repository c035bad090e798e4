"""From a model's ``config.json`` to its shape, and from its shape to the exact number of parameters."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from ftkit.errors import ModelError
from ftkit.fields import EncoderShape, ModelShape
from ftkit.fields.encoders import LAYER_NAMES

LLAMA_LIKE = {"llama", "mistral", "qwen2", "qwen3", "gemma", "gemma2", "gemma3_text", "smollm3"}
"""Model types whose parameters :func:`exact_parameters` counts exactly; a test holds each to Transformers."""

TIED_UNLESS_SAID = {"gemma", "gemma2", "gemma3_text"}
FOUR_NORMS = {"gemma2", "gemma3_text"}
ENCODERS = {"albert", "deberta", "deberta-v2", "electra", "modernbert", "mpnet", "nomic_bert"}
"""Those whose layers are not known here; see :data:`ftkit.fields.encoders.LAYER_NAMES` for those that are."""
_BERT_WORDS = ("num_hidden_layers", "hidden_size", "intermediate_size", "num_attention_heads")
_DISTILBERT_WORDS = ("n_layers", "dim", "hidden_dim", "n_heads")


def exact_parameters(shape: ModelShape) -> int:
    """The number of weights of a Llama-like decoder, tied ones counted once, or of an encoder without a head.

    Parameters
    ----------
    shape
        Its sizes; `shape.parameters` is not looked at.
    """
    if isinstance(shape, EncoderShape):
        return shape.embeddings() + shape.layers * shape.block()
    embedding = shape.vocabulary * shape.hidden
    head = 0 if shape.tied_embeddings else embedding
    return embedding + shape.layers * shape.block() + shape.hidden + head


def shape_from_config(config: Mapping[str, Any], name: str) -> ModelShape:
    """The shape that a ``config.json`` describes; `parameters` counted for a Llama-like decoder or an encoder.

    Parameters
    ----------
    config
        The parsed file.
    name
        What to call the model in a message.

    Raises
    ------
    ModelError
        Where it is neither a model that continues text nor an encoder that is known: a translator, a model of pictures.
    """
    kind = str(config.get("model_type", "unknown"))
    refuse_other_kinds(config, name)
    if kind in LAYER_NAMES:
        return _encoder(config, name)
    try:
        hidden, heads = int(config["hidden_size"]), int(config["num_attention_heads"])
        bias = bool(config.get("attention_bias", kind == "qwen2"))
        shape = ModelShape(
            parameters=0,
            layers=int(config["num_hidden_layers"]),
            hidden=hidden,
            intermediate=int(config["intermediate_size"]),
            heads=heads,
            kv_heads=int(config.get("num_key_value_heads") or heads),
            head_dim=int(config.get("head_dim") or hidden // heads),
            vocabulary=int(config["vocab_size"]),
            tied_embeddings=bool(config.get("tie_word_embeddings", kind in TIED_UNLESS_SAID)),
            attention_bias=bias,
            # Qwen2 has biases on query, key and value alone.
            attention_output_bias=bias and kind != "qwen2",
            mlp_bias=bool(config.get("mlp_bias", False)),
            head_norms=kind in {"qwen3", "gemma3_text"},
            layer_norms=4 if kind in FOUR_NORMS else 2,
            kind=kind,
        )
    except (KeyError, TypeError, ValueError) as error:
        raise ModelError(
            f"{name!r} is a model of the kind {kind!r}, whose sizes ftkit cannot read from its config.json ({error}).",
            "Choose a model from the list, or one of the Llama, Mistral, Qwen or Gemma families.",
        ) from error
    return replace(shape, parameters=exact_parameters(shape))


def _encoder(config: Mapping[str, Any], name: str) -> EncoderShape:
    kind = str(config["model_type"])
    words = _DISTILBERT_WORDS if kind == "distilbert" else _BERT_WORDS
    try:
        layers, hidden, inner, heads = (int(config[word]) for word in words)
        shape = EncoderShape(
            parameters=0,
            layers=layers,
            hidden=hidden,
            intermediate=inner,
            heads=heads,
            kv_heads=heads,
            head_dim=hidden // heads,
            vocabulary=int(config["vocab_size"]),
            tied_embeddings=True,
            attention_bias=True,
            mlp_bias=True,
            attention_output_bias=True,
            kind=kind,
            positions=int(config.get("max_position_embeddings", 512)),
            segments=0 if kind == "distilbert" else int(config.get("type_vocab_size", 2)),
        )
    except (KeyError, TypeError, ValueError, ZeroDivisionError) as error:
        raise ModelError(
            f"{name!r} is a model of the kind {kind!r}, whose sizes ftkit cannot read from its config.json ({error}).",
            "Choose a model from the list.",
        ) from error
    return replace(shape, parameters=exact_parameters(shape))


def refuse_other_kinds(config: Mapping[str, Any], name: str) -> None:
    """Refuse what cannot be trained to answer, in one sentence.

    Raises
    ------
    ModelError
        Saying which kind of model it is instead.
    """
    kind = str(config.get("model_type", "unknown"))
    built_for = str((config.get("architectures") or [""])[0])
    advice = "Choose a model that continues text, such as 'smollm2-135m' or one whose name ends in Instruct."
    if config.get("is_encoder_decoder") or "Seq2Seq" in built_for or kind in {"t5", "mt5", "bart", "marian"}:
        raise ModelError(
            f"{name!r} is a {kind} model: it turns one text into another with an encoder and a decoder, "
            "and ftkit trains models that continue a text.",
            advice,
        )
    if kind in LAYER_NAMES:
        # What such a model was made for shows in its head: any but those for reading has been trained to judge.
        if built_for.endswith(("Model", "ForMaskedLM", "ForPreTraining")) or not built_for:
            return
        raise ModelError(
            f"{name!r} is a {kind} model that was made for one task already ({built_for}).",
            "Choose the model that it was made from, such as 'distilbert-base-uncased'.",
        )
    if kind in ENCODERS or built_for.endswith(("ForMaskedLM", "ForSequenceClassification")):
        raise ModelError(
            f"{name!r} is a {kind} model for reading and classifying: it cannot write answers.",
            f"{advice} To put texts into classes, 'distilbert-base-uncased' and others of the kinds BERT, DistilBERT "
            "and RoBERTa will do.",
        )
    if "vision_config" in config or "audio_config" in config or "text_config" in config:
        raise ModelError(
            f"{name!r} reads pictures or sound as well as text; ftkit trains on text alone.", advice
        )
    if config.get("quantization_config"):
        method = config["quantization_config"].get("quant_method", "quantised")
        if method != "bitsandbytes":
            raise ModelError(
                f"The weights of {name!r} are packed with {method}: they can answer but not be trained.",
                "Choose the original model that it was made from.",
            )
    if "model_type" not in config:
        raise ModelError(f"The config.json of {name!r} names no model type.", advice)
    if built_for and not built_for.endswith(("ForCausalLM", "LMHeadModel")):
        raise ModelError(
            f"{name!r} was saved as {built_for}, without the part that writes text.",
            advice,
        )
    if config.get("auto_map") and kind not in LLAMA_LIKE:
        raise ModelError(
            f"{name!r} brings its own program code, which ftkit does not run.",
            advice,
        )
