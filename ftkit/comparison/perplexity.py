"""How well a model knows texts, or the right answers: the perplexity that both sides have on the test part."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ftkit.data.tokens import starts

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


@dataclass(frozen=True)
class Texts:
    """What both sides read.

    Attributes
    ----------
    name
        The task that it belongs to; empty where there is one alone.
    ids
        The token ids of each text.
    begins
        Where in each text counting begins; None for its second token.
    """

    name: str
    ids: list[list[int]]
    begins: list[int] | None = None

    @property
    def tokens(self) -> int:
        """Tokens that count; of whole texts, all that are read."""
        return sum(map(len, self.ids)) - sum(self.begins or ())


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


def answered(tokenizer: Any, name: str, rows: Sequence[Mapping[str, Any]], most: int = MOST_TOKENS) -> Texts:
    """Prompts with their right answers, of which the answers count, as in training.

    Parameters
    ----------
    rows
        With ``prompt`` and ``completion``.
    most
        Tokens that are read at most; one row is read in any case.
    """
    ids: list[list[int]] = []
    begins: list[int] = []
    if tokenizer.chat_template is None:
        return Texts(name, ids)  # nothing says how prompt and answer are put together
    room = most
    for row in rows:
        given: dict[str, Any] = {"tools": row.get("tools") or None, "tokenize": True, "return_dict": True}
        asked = tokenizer.apply_chat_template(list(row["prompt"]), add_generation_prompt=True, **given)
        whole = tokenizer.apply_chat_template([*row["prompt"], *row["completion"]], **given)
        tokens = list(whole["input_ids"])[:LONGEST]
        # Learning starts where the prompt alone and the prompt with its answer part ways, as in TRL.
        start = starts([tokens], [list(asked["input_ids"])], "sft")[0]
        if not 0 < start < len(tokens):
            continue
        if ids and len(tokens) > room:
            break
        ids.append(tokens)
        begins.append(start)
        room -= len(tokens)
    return Texts(name, ids, begins)


def perplexity(
    model: Any,
    texts: Sequence[list[int]],
    progress: Callable[[int], None],
    begins: Sequence[int] | None = None,
) -> float:
    """The exponential of the mean loss over the texts' tokens; see :func:`losses`."""
    count = sum(map(len, texts)) - sum(begins or [1] * len(texts))
    return math.exp(min(sum(losses(model, texts, progress, begins)) / count, 700.0))


def losses(
    model: Any,
    texts: Sequence[list[int]],
    progress: Callable[[int], None],
    begins: Sequence[int] | None = None,
) -> list[float]:
    """The summed loss of each text over the tokens that count, in nats.

    Parameters
    ----------
    texts
        Token ids; each text is read by itself.
    progress
        Called with the number of texts read so far.
    begins
        Where in each text counting begins; at its second token where None.
    """
    import torch

    found = []
    with torch.no_grad():
        for number, (ids, start) in enumerate(zip(texts, begins or [1] * len(texts), strict=True), 1):
            tokens = torch.tensor([ids], device=model.device)
            logits = model(input_ids=tokens, attention_mask=torch.ones_like(tokens)).logits[0]
            # A soft prompt before the text has logits, too.
            said = logits[len(logits) - len(ids) + start - 1 : -1].float()
            found.append(float(torch.nn.functional.cross_entropy(said, tokens[0, start:], reduction="sum")))
            progress(number)
    return found
