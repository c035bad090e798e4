"""How well a model knows texts: the perplexity that base and tuned model have on the test part."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

MOST_TOKENS = 8_000
"""Tokens of the test part that are read at most: enough for a figure, and soon done without a graphics card."""

LONGEST = 1024


@dataclass(frozen=True)
class Perplexity:
    """Among how many words a model hesitates, on average, at each next word of the same texts.

    Attributes
    ----------
    base, tuned
        Of each side; 1 would be certainty.
    texts, tokens
        What was read.
    """

    base: float
    tuned: float
    texts: int
    tokens: int


def encoded(tokenizer: Any, texts: Sequence[str]) -> list[list[int]]:
    """The texts' token ids, until there are enough of them; at least one text that has a next word."""
    found: list[list[int]] = []
    room = MOST_TOKENS
    for text in texts:
        ids = list(tokenizer(text)["input_ids"])[:LONGEST]
        if len(ids) < 2:
            continue
        if found and len(ids) > room:
            break
        found.append(ids)
        room -= len(ids)
    return found


def perplexity(model: Any, texts: Sequence[list[int]], progress: Callable[[int], None]) -> float:
    """The exponential of the mean loss over all tokens of the texts but their first.

    Parameters
    ----------
    texts
        Token ids; each text is read by itself.
    progress
        Called with the number of texts read so far.
    """
    import torch

    total, count = 0.0, 0
    with torch.no_grad():
        for number, ids in enumerate(texts, 1):
            tokens = torch.tensor([ids], device=model.device)
            logits = model(input_ids=tokens, attention_mask=torch.ones_like(tokens)).logits[0, :-1].float()
            total += float(torch.nn.functional.cross_entropy(logits, tokens[0, 1:], reduction="sum"))
            count += len(ids) - 1
            progress(number)
    return math.exp(min(total / count, 700.0))
