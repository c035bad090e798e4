"""Tiny encoders, made on the spot: BERT, DistilBERT and RoBERTa with random weights."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.tiny import tiny_rows

SPECIAL = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]")
VOCABULARY = 200
POSITIONS = 64
KINDS = ("bert", "distilbert", "roberta")


def encoder_config(kind: str, **more: Any) -> Any:
    """The config of an encoder of two blocks."""
    from transformers import AutoConfig

    sizes: dict[str, Any] = {
        "hidden_size": 32,
        "intermediate_size": 48,
        "num_hidden_layers": 2,
        "num_attention_heads": 4,
    }
    if kind == "distilbert":
        sizes = {"dim": 32, "hidden_dim": 48, "n_layers": 2, "n_heads": 4}
    if kind == "roberta":
        sizes |= {"type_vocab_size": 1, "pad_token_id": 0, "bos_token_id": 2, "eos_token_id": 3}
    common = {"vocab_size": VOCABULARY, "max_position_embeddings": POSITIONS, "initializer_range": 0.1}
    return AutoConfig.for_model(kind, **{**common, **sizes, **more})


def classifier(kind: str, classes: int = 2) -> Any:
    """An encoder with a new head, in memory."""
    from transformers import AutoModelForSequenceClassification

    return AutoModelForSequenceClassification.from_config(encoder_config(kind, num_labels=classes))


def encoder_tokenizer() -> Any:
    """BERT's kind of tokenizer: words and their pieces, [CLS] before a text and [SEP] after it."""
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors, trainers
    from transformers import PreTrainedTokenizerFast

    tokenizer = Tokenizer(models.WordPiece(unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=True)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    trainer = trainers.WordPieceTrainer(
        vocab_size=VOCABULARY, special_tokens=list(SPECIAL), show_progress=False
    )
    tokenizer.train_from_iterator([row["prompt"] for row in tiny_rows(64)], trainer=trainer)
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]",
        pair="[CLS] $A [SEP] $B:1 [SEP]:1",
        special_tokens=[("[CLS]", 2), ("[SEP]", 3)],
    )
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        pad_token="[PAD]",
        unk_token="[UNK]",
        cls_token="[CLS]",
        sep_token="[SEP]",
        mask_token="[MASK]",
        model_max_length=POSITIONS,
    )


def tiny_encoder(folder: str | Path, kind: str, *, seed: int = 0) -> Path:
    """Save an encoder as it comes from the hub: trained to fill gaps, with no layer above its blocks."""
    import torch
    from transformers import AutoModelForMaskedLM

    folder = Path(folder)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        model = AutoModelForMaskedLM.from_config(encoder_config(kind))
    model.save_pretrained(folder)
    encoder_tokenizer().save_pretrained(folder)
    return folder
