"""Rows that came as token ids: told from another model's, and shown."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ftkit.data.tokenizer import ModelTokens

FORM = "token-ids"
ALIKE = 0.97
"""The share of ids that has to come back when they are turned into text and that into ids again. Measured with the
starter's tokenizer: 1.00 for text of its own, 0.93 for Llama 2's ids, 0.9 for random ones."""
TOO_LARGE = "its token ids are another model's: this one does not have so many tokens"
NO_TEXT = "its token ids are another model's: read with this one they are no text"


def form_of(rows: Sequence[Mapping[str, Any]], form: str) -> str:
    """The form that rows for a task of this form are really in."""
    return FORM if len(rows) and "input_ids" in rows[0] else form


def of_another_model(tokens: ModelTokens, rows: Sequence[Mapping[str, Any]]) -> list[str]:
    """For each row why its ids are another tokenizer's, empty where they may be this one's.

    Ids do not say where they come from, but text does: decoded by the tokenizer that made them it is text that gives
    the same ids again; by another one it is a heap of pieces of which many do not. One short row says little, so all
    rows are judged together.
    """
    tokenizer = tokens.tokenizer
    size = tokenizer.get_vocab_size(with_added_tokens=True)
    reasons, same, seen = [], 0, 0
    for row in rows:
        reasons.append(TOO_LARGE if max(row["input_ids"]) >= size else "")
        if reasons[-1]:
            continue
        for ids in _stretches(row):
            again = tokenizer.encode(
                tokenizer.decode(ids, skip_special_tokens=False), add_special_tokens=False
            ).ids
            same += sum((Counter(ids) & Counter(again)).values())
            seen += max(len(ids), len(again))
    strange = same < ALIKE * seen
    return [reason or (NO_TEXT if strange else "") for reason in reasons]


def _stretches(row: Mapping[str, Any]) -> Iterator[list[int]]:
    """What was tokenised by itself: read and learned stretches, across whose borders nothing was merged."""
    pairs = zip(row["input_ids"], row["labels"], strict=True)
    for _, stretch in groupby(pairs, key=lambda pair: pair[1] < 0):
        yield [one for one, _ in stretch]


def pieces_of(tokens: ModelTokens, ids: Sequence[int]) -> list[str]:
    """The text of each token; of a character that several tokens make, the last of them shows it."""
    pieces: list[str] = []
    pending: list[int] = []
    for one in ids:
        pending.append(one)
        text = tokens.tokenizer.decode(pending, skip_special_tokens=False)
        whole = not text.endswith("\ufffd")
        pieces.append(text if whole else "")
        if whole:
            pending = []
    return pieces


def lengths(row: Mapping[str, Any], max_length: int | None) -> tuple[int, int, int]:
    """Tokens of a row, how many are learned, and how many of those are within the limit."""
    labels = row["labels"]
    within = labels if max_length is None else labels[:max_length]
    return len(labels), sum(label >= 0 for label in labels), sum(label >= 0 for label in within)
