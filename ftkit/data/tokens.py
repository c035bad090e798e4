"""What a model really reads: tokens, and which of them the training learns from.

Done with ``tokenizers`` and the chat template alone, because transformers takes seconds to import.
Tests hold the result equal to transformers' and to the first batch of TRL's ``SFTTrainer``.
"""

from __future__ import annotations

import json
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ftkit.data.template import render
from ftkit.data.turns import Row
from ftkit.errors import DataError
from ftkit.fields import DataFacts

if TYPE_CHECKING:
    from tokenizers import Tokenizer

IGNORED = -100
"""The label of a token that is only read, as in torch's cross-entropy."""
BATCH = 1000
_NAMED = ("bos_token", "eos_token", "unk_token", "sep_token", "pad_token", "cls_token", "mask_token")


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
    """

    ids: tuple[int, ...]
    labels: tuple[int, ...]
    pieces: tuple[str, ...]
    cut: int = 0


def chat_prompt(
    messages: Sequence[Mapping[str, Any]], tokenizer_folder: str | Path, add_generation_prompt: bool = True
) -> str:
    """The text of a conversation in the model's own chat template, as transformers' ``apply_chat_template`` gives it.

    Raises
    ------
    DataError
        If the model has no chat template, or it refuses the conversation.
    """
    _, template, special = _tokenizer(tokenizer_folder)
    return render(template, messages, special, add_generation_prompt=add_generation_prompt)


def prompt_ids(messages: Sequence[Mapping[str, Any]], tokenizer_folder: str | Path) -> list[int]:
    """The token ids that a model is asked with: the prompt of a training row, up to where the answer begins."""
    tokenizer, template, special = _tokenizer(tokenizer_folder)
    text = render(template, messages, special, add_generation_prompt=True)
    return list(tokenizer.encode(text, add_special_tokens=False).ids)


def token_view(row: Row, tokenizer_folder: str | Path, max_length: int | None = None) -> TokenView:
    """A training row in tokens, and which of them are learned from: the labels of TRL's first batch.

    Parameters
    ----------
    row
        With ``prompt`` and ``completion``.
    tokenizer_folder
        A local folder with ``tokenizer.json`` and the chat template.
    max_length
        Tokens after these are cut off, as the trainer does.
    """
    tokenizer, template, special = _tokenizer(tokenizer_folder)
    prompt = render(template, row["prompt"], special, add_generation_prompt=True)
    text = render(template, [*row["prompt"], *row["completion"]], special)
    before = tokenizer.encode(prompt, add_special_tokens=False).ids
    encoding = tokenizer.encode(text, add_special_tokens=False)
    ids = list(encoding.ids)
    # As TRL does: learning starts where the prompt alone and the prompt with its answer part ways.
    read = next(
        (i for i, (a, b) in enumerate(zip(before, ids, strict=False)) if a != b), min(len(before), len(ids))
    )
    labels = [IGNORED] * read + ids[read:]
    pieces, end = [], 0
    for _, stop in encoding.offsets:
        # A token that is a part of one character has that character's offsets: the first of them shows it.
        pieces.append(text[end : max(end, stop)])
        end = max(end, stop)
    keep = len(ids) if max_length is None else max_length
    return TokenView(tuple(ids[:keep]), tuple(labels[:keep]), tuple(pieces[:keep]), max(0, len(ids) - keep))


def data_facts(
    parts: Mapping[str, Sequence[Row]], tokenizer_folder: str | Path, skipped: int = 0
) -> DataFacts:
    """Rows and tokens of prepared data, chat template included.

    Parameters
    ----------
    parts
        As :func:`load_parts` gives them.
    skipped
        Rows left out on the way, carried into the facts.

    Raises
    ------
    DataError
        If the model has no chat template.
    """
    tokenizer, template, special = _tokenizer(tokenizer_folder)
    rows = [row for part in parts.values() for row in part]
    lengths: list[int] = []
    for start in range(0, len(rows), BATCH):
        texts = [
            render(template, [*r["prompt"], *r["completion"]], special) for r in rows[start : start + BATCH]
        ]
        lengths += [
            len(encoding.ids) for encoding in tokenizer.encode_batch_fast(texts, add_special_tokens=False)
        ]
    lengths.sort()
    return DataFacts(
        train_rows=len(parts.get("train", ())),
        validation_rows=len(parts.get("validation", ())),
        test_rows=len(parts.get("test", ())),
        longest=lengths[-1] if lengths else 0,
        p95=lengths[max(0, -(-95 * len(lengths) // 100) - 1)] if lengths else 0,
        mean=statistics.fmean(lengths) if lengths else 0.0,
        skipped=skipped,
    )


def _tokenizer(folder: str | Path) -> tuple[Tokenizer, str, dict[str, str]]:
    path = Path(folder)
    stamp = tuple(p.stat().st_mtime_ns for name in _FILES if (p := path / name).is_file())
    return _load(path, stamp)


_FILES = ("tokenizer.json", "tokenizer_config.json", "chat_template.jinja", "special_tokens_map.json")


@lru_cache(maxsize=4)
def _load(folder: Path, stamp: tuple[int, ...]) -> tuple[Tokenizer, str, dict[str, str]]:
    """The tokenizer, the chat template and the special tokens; `stamp` makes a changed folder be read anew."""
    from tokenizers import AddedToken, Tokenizer

    file = folder / "tokenizer.json"
    if not file.is_file():
        raise DataError(
            f"The folder {str(folder)!r} holds no tokenizer.json.",
            "Choose a model whose files are on this machine.",
        )
    try:
        tokenizer = Tokenizer.from_file(str(file))
    except Exception as error:  # tokenizers raises bare Exception
        raise DataError(f"{str(file)!r} cannot be read: {error}.", "Fetch the model again.") from error
    tokenizer.no_truncation()
    tokenizer.no_padding()
    config = {**_json(folder / "special_tokens_map.json"), **_json(folder / "tokenizer_config.json")}
    special = {name: _content(config[name]) for name in _NAMED if config.get(name) is not None}
    known = {token.content for token in tokenizer.get_added_tokens_decoder().values()}
    # transformers makes every named special token one that is never split.
    tokenizer.add_special_tokens(
        [
            AddedToken(t, special=True, normalized=False)
            for t in dict.fromkeys(special.values())
            if t not in known
        ]
    )
    return tokenizer, _chat_template(folder, config), special


def _chat_template(folder: Path, config: Mapping[str, Any]) -> str:
    file = folder / "chat_template.jinja"
    template = file.read_text(encoding="utf-8") if file.is_file() else config.get("chat_template")
    if isinstance(template, list):
        template = next((entry["template"] for entry in template if entry.get("name") == "default"), None)
    if not isinstance(template, str):
        raise DataError(
            f"The model in {str(folder)!r} has no chat template: it was not made for conversations.",
            "Choose the version of it whose name ends in Instruct or Chat.",
        )
    return template


def _content(token: Any) -> str:
    return str(token["content"]) if isinstance(token, dict) else str(token)


def _json(path: Path) -> dict[str, Any]:
    if not path.is_file():
        return {}
    tree = json.loads(path.read_text(encoding="utf-8"))
    return tree if isinstance(tree, dict) else {}
