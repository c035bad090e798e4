"""What a model really reads: tokens, and which of them the training learns from.

Done with ``tokenizers`` and the chat template alone, because transformers takes seconds to import.
Tests hold the result equal to transformers' and to the first batch of TRL's ``SFTTrainer``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ftkit.data import token_ids
from ftkit.data.forms import FORMS
from ftkit.data.tokenizer import ModelTokens, load_tokens
from ftkit.data.turns import Row

IGNORED = -100
"""The label of a token that is only read, as in torch's cross-entropy."""
LEARNED_TEXT = ("domain",)
"""Forms whose running text is learned from; where a text is only judged, no token of it is."""


@dataclass(frozen=True)
class TokenView:
    """One training row as the trainer sees it.

    Attributes
    ----------
    ids
        Token ids, at most ``max_length``.
    labels
        As long: the id where the token is learned from, -100 where it is only read.
    pieces
        The text of each token; joined, they are the text that the model reads.
    cut
        Tokens beyond ``max_length``, which are lost.
    lost
        The text of those.
    """

    ids: tuple[int, ...]
    labels: tuple[int, ...]
    pieces: tuple[str, ...]
    cut: int = 0
    lost: tuple[str, ...] = ()

    @property
    def trained(self) -> int:
        """How many tokens are learned from."""
        return sum(label != IGNORED for label in self.labels)


def chat_prompt(
    messages: Sequence[Mapping[str, Any]],
    tokenizer_folder: str | Path,
    add_generation_prompt: bool = True,
    *,
    tools: Sequence[Mapping[str, Any]] | None = None,
) -> str:
    """The text of a conversation in the model's own chat template, as transformers' ``apply_chat_template`` gives it.

    Raises
    ------
    DataError
        If the model has no chat template, or it refuses the conversation.
    """
    tokens = load_tokens(tokenizer_folder)
    return tokens.chat(messages, tools=tools, add_generation_prompt=add_generation_prompt)


def prompt_ids(
    messages: Sequence[Mapping[str, Any]],
    tokenizer_folder: str | Path,
    *,
    tools: Sequence[Mapping[str, Any]] | None = None,
) -> list[int]:
    """The token ids that a model is asked with: the prompt of a training row, up to where the answer begins."""
    tokens = load_tokens(tokenizer_folder)
    text = tokens.chat(messages, tools=tools, add_generation_prompt=True)
    return list(tokens.tokenizer.encode(text, add_special_tokens=False).ids)


def token_view(
    row: Row, tokenizer_folder: str | Path, max_length: int | None = None, *, template: str | None = None
) -> TokenView:
    """A row for supervised fine-tuning in tokens, and which of them are learned from: the labels of TRL's first batch.

    Parameters
    ----------
    row
        With ``prompt`` and ``completion``.
    tokenizer_folder
        A local folder with ``tokenizer.json`` and the chat template.
    max_length
        Tokens after these are cut off, as the trainer does.
    template
        A chat template in place of the model's own.
    """
    return token_views(row, tokenizer_folder, max_length, template=template)[0]


def token_views(
    row: Row,
    tokenizer_folder: str | Path,
    max_length: int | None = None,
    *,
    form: str = "sft",
    template: str | None = None,
) -> list[TokenView]:
    """A row of any form in tokens: one view for each text that its trainer reads, such as both answers of a pair.

    The arguments are those of :func:`token_view`, and the id of the form.
    """
    tokens = load_tokens(tokenizer_folder, template)
    if form == token_ids.FORM:
        return [_as_it_came(row, tokens, max_length)]
    texts = texts_of(row, form, tokens)
    before = [_encoded(tokens, text) for text, _ in texts]
    encodings = [tokens.tokenizer.encode(text, add_special_tokens=not chat) for _, (text, chat) in texts]
    found = [list(encoding.ids) for encoding in encodings]
    views = []
    for (_, (text, _)), encoding, read in zip(texts, encodings, starts(found, before, form), strict=True):
        ids = list(encoding.ids)
        labels = [IGNORED] * read + ids[read:]
        pieces, end = [], 0
        for _, stop in encoding.offsets:
            # A token that is a part of one character has that character's offsets: the first of them shows it.
            pieces.append(text[end : max(end, stop)])
            end = max(end, stop)
        views.append(_cut(ids, labels, pieces, max_length))
    return views


def _cut(
    ids: Sequence[int], labels: Sequence[int], pieces: Sequence[str], max_length: int | None
) -> TokenView:
    keep = len(ids) if max_length is None else max_length
    return TokenView(
        tuple(ids[:keep]),
        tuple(labels[:keep]),
        tuple(pieces[:keep]),
        max(0, len(ids) - keep),
        tuple(pieces[keep:]),
    )


def _as_it_came(row: Row, tokens: ModelTokens, max_length: int | None) -> TokenView:
    """A row of token ids: nothing is tokenised."""
    return _cut(row["input_ids"], row["labels"], token_ids.pieces_of(tokens, row["input_ids"]), max_length)


def texts_of(row: Row, form: str, tokens: ModelTokens) -> list[tuple[str | None, tuple[str, bool]]]:
    """What is tokenised of a row: the prompt alone (None: there is none), and all of it with whether it is a chat.

    A chat's template writes the special tokens itself; a plain text gets the tokenizer's own.
    """
    tools = row.get("tools") or None
    found: list[tuple[str | None, tuple[str, bool]]] = []
    for prompt, answer in FORMS[form].sequences(row):
        if isinstance(answer, str):
            found.append((None, (tokens.ended(answer) if form in LEARNED_TEXT else answer, False)))
            continue
        asked = tokens.chat(prompt, tools=tools, add_generation_prompt=True)
        whole = tokens.chat([*prompt, *answer], tools=tools) if answer else asked
        found.append((asked, (whole, True)))
    return found


def starts(found: Sequence[Sequence[int]], before: Sequence[Sequence[int] | None], form: str) -> list[int]:
    """Where learning starts in each of a row's texts.

    As TRL does: where the prompt alone and the prompt with its answer part ways, and for a pair of answers
    where the earlier of both does.
    """
    places = []
    for ids, prompt in zip(found, before, strict=True):
        if prompt is None:
            places.append(0 if form in LEARNED_TEXT else len(ids))
        elif list(ids[: len(prompt)]) == list(prompt):
            places.append(len(prompt))
        else:
            places.append(
                next(i for i, (a, b) in enumerate(zip(prompt, [*ids, None], strict=False)) if a != b)
            )
    return [min(places)] * len(places) if form == "preference" else places


def _encoded(tokens: ModelTokens, text: str | None) -> list[int] | None:
    return None if text is None else list(tokens.tokenizer.encode(text, add_special_tokens=False).ids)
