"""What a chat template adds unasked, and the one that is offered to a model that has none."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ftkit.data.tokenizer import CHATML_MARKS, ModelTokens, load_tokens
from ftkit.errors import DataError

PLAIN = (
    "{{ bos_token if bos_token is defined else '' }}"
    "{% for message in messages %}"
    "{% if not loop.first %}{{ '\\n\\n' }}{% endif %}"
    "{% if message['role'] == 'system' %}{{ message['content'] }}"
    "{% else %}"
    "{{ '### ' + message['role'] | capitalize + ':\\n' + message['content'] }}"
    "{% if message['role'] == 'assistant' %}{{ eos_token }}{% endif %}"
    "{% endif %}"
    "{% endfor %}"
    "{% if add_generation_prompt %}{{ '\\n\\n### Assistant:\\n' }}{% endif %}"
)
"""Headings that any model can read, and the model's own end token after each answer: nothing new has to be learned."""
_START = "{{ bos_token if bos_token is defined else '' }}"
_NO_START = PLAIN.replace(_START, "")
CHATML = (
    "{% for message in messages %}"
    "{{ '<|im_start|>' + message['role'] + '\\n' + message['content'] + '<|im_end|>' + '\\n' }}"
    "{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}"
)
"""The form of many chat models: a token of its own before each turn and another behind it."""


@dataclass(frozen=True)
class Offered:
    """A chat template for a model that has none.

    Attributes
    ----------
    template
        Its Jinja source.
    reason
        Why this one, as sentences.
    new_tokens
        Those that it writes and the model does not know yet: they get rows of their own, which train.
    rows
        How many rows the model needs for all tokens.
    end
        The token that ends an answer, where that is not the model's own end token.
    """

    template: str
    reason: str
    new_tokens: tuple[str, ...] = ()
    rows: int = 0
    end: str = ""


def offered_template(tokenizer_folder: str | Path, kind: str = "plain") -> Offered | None:
    """A chat template for a base model; None where the model has its own, or cannot write.

    Parameters
    ----------
    kind
        ``plain`` or ``chatml``.

    Raises
    ------
    DataError
        If the model has no end token either: an answer could never end.
    """
    tokens = load_tokens(tokenizer_folder)
    # A model with a token for "all of this text" and none for its end reads texts and writes none.
    reads = "cls_token" in tokens.special and "eos_token" not in tokens.special
    if tokens.template or reads:
        return None
    end = tokens.special.get("eos_token")
    if not end:
        raise DataError(
            f"The model in {tokens.folder!r} has neither a chat template nor an end token.",
            "Choose the version of it whose name ends in Instruct or Chat.",
        )
    starts = tokens.special.get("bos_token") and _starts_text(tokens)
    if kind == "chatml":
        return _chatml(tokens, _START if starts else "")
    return Offered(
        PLAIN if starts else _NO_START,
        "The model has no chat template: it was made to continue texts, not to converse. This plain one writes "
        f"“### User:” and “### Assistant:” above what is said, and ends each answer with {end}, the model's own end "
        "token. All of these are known to the model, so that no new token has to be learned.",
    )


def template_kind(template: Any) -> str:
    """Which of the offered templates a text is; empty for any other."""
    known = {_NO_START: "plain", CHATML: "chatml"}
    return known.get(template.removeprefix(_START), "") if isinstance(template, str) else ""


def _chatml(tokens: ModelTokens, start: str) -> Offered:
    new = tuple(token for token in CHATML_MARKS if tokens.tokenizer.token_to_id(token) is None)
    known = (
        f"The model does not know {' and '.join(new)} yet: they become tokens of their own, which start as the mean of "
        "all others and are learned together with the answers."
        if new
        else "The model's tokenizer knows both tokens already."
    )
    return Offered(
        start + CHATML,
        "The model has no chat template: it was made to continue texts, not to converse. ChatML writes <|im_start|> and "
        f"the speaker before what is said, and <|im_end|> behind it, which also ends an answer. {known}",
        new,
        tokens.tokenizer.get_vocab_size(with_added_tokens=True) + len(new),
        CHATML_MARKS[1],
    )


def injected_system(tokenizer_folder: str | Path) -> str:
    """The system prompt that the model's chat template writes where a conversation has none; mostly empty."""
    tokens = load_tokens(tokenizer_folder)
    user, system = {"role": "user", "content": "ftkit-asks"}, {"role": "system", "content": "ftkit-orders"}
    if not tokens.template:
        return ""
    try:
        alone, ordered = tokens.chat([user]), tokens.chat([system, user])
    except DataError:
        return ""  # it knows no system prompts, and so adds none
    if ordered.count("ftkit-orders") != 1 or ordered.count("ftkit-asks") != 1 or "ftkit-asks" not in alone:
        return ""
    before, _, rest = ordered.partition("ftkit-orders")
    between = rest.partition("ftkit-asks")[0]
    written = alone.partition("ftkit-asks")[0]
    if len(written) <= len(before) + len(between):
        return ""
    if not (written.startswith(before) and written.endswith(between)):
        return ""
    return written[len(before) : len(written) - len(between)].strip()


def _starts_text(tokens: ModelTokens) -> bool:
    """Whether the tokenizer itself puts the start token before a text: then the model has always seen it there."""
    ids = tokens.tokenizer.encode("a").ids
    return bool(ids) and ids[0] == tokens.tokenizer.token_to_id(tokens.special["bos_token"])
