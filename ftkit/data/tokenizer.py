"""A model's tokenizer and chat template, read from its folder without importing transformers."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ftkit.data.template import render
from ftkit.errors import DataError

if TYPE_CHECKING:
    from tokenizers import Tokenizer

_FILES = ("tokenizer.json", "tokenizer_config.json", "chat_template.jinja", "special_tokens_map.json")
_NAMED = ("bos_token", "eos_token", "unk_token", "sep_token", "pad_token", "cls_token", "mask_token")
CHATML_MARKS = ("<|im_start|>", "<|im_end|>")
"""What a ChatML template writes before a turn and behind it."""


@dataclass(frozen=True)
class ModelTokens:
    """How a model reads text.

    Attributes
    ----------
    folder
        Where its files are.
    tokenizer
        Cuts text into tokens.
    template
        The Jinja source of its chat template; empty where it has none.
    special
        ``bos_token``, ``eos_token`` and so on.
    """

    folder: str
    tokenizer: Tokenizer
    template: str
    special: dict[str, str]

    def chat(
        self,
        messages: Sequence[Mapping[str, Any]],
        *,
        tools: Sequence[Mapping[str, Any]] | None = None,
        add_generation_prompt: bool = False,
    ) -> str:
        """The text of a conversation.

        Raises
        ------
        DataError
            If the model has no chat template, or it refuses the conversation.
        """
        if not self.template:
            raise DataError(
                f"The model in {self.folder!r} has no chat template: it was not made for conversations.",
                "Choose the version of it whose name ends in Instruct or Chat.",
            )
        return render(
            self.template, messages, self.special, tools=tools, add_generation_prompt=add_generation_prompt
        )

    def ended(self, text: str) -> str:
        """Running text with the model's end token, as TRL's trainer adds it."""
        end = self.special.get("eos_token", "")
        return text if not end or text.endswith(end) else text + end


def load_tokens(folder: str | Path, template: str | None = None) -> ModelTokens:
    """The tokenizer of a model folder; what was read before is kept while the files stay the same.

    Parameters
    ----------
    folder
        A local folder with ``tokenizer.json``.
    template
        A chat template in place of the model's own. Where it is ChatML, its marks are tokens, whether the model knew
        them or not.

    Raises
    ------
    DataError
        If the folder holds no tokenizer that can be read.
    """
    path = Path(folder)
    stamp = tuple(p.stat().st_mtime_ns for name in _FILES if (p := path / name).is_file())
    loaded = _load(path, stamp)
    if template is None:
        return loaded
    if CHATML_MARKS[0] in template:
        return _with_marks(path, stamp, template)
    return ModelTokens(loaded.folder, loaded.tokenizer, template, loaded.special)


@lru_cache(maxsize=2)
def _with_marks(folder: Path, stamp: tuple[int, ...], template: str) -> ModelTokens:
    """As the model cell sets it up: ChatML's marks are tokens, and the second ends an answer."""
    from tokenizers import AddedToken, Tokenizer

    loaded = _load(folder, stamp)
    tokenizer = Tokenizer.from_str(loaded.tokenizer.to_str())
    new = [mark for mark in CHATML_MARKS if tokenizer.token_to_id(mark) is None]
    tokenizer.add_special_tokens([AddedToken(mark, special=True, normalized=False) for mark in new])
    return ModelTokens(loaded.folder, tokenizer, template, {**loaded.special, "eos_token": CHATML_MARKS[1]})


@lru_cache(maxsize=4)
def _load(folder: Path, stamp: tuple[int, ...]) -> ModelTokens:
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
    return ModelTokens(str(folder), tokenizer, _chat_template(folder, config), special)


def _chat_template(folder: Path, config: Mapping[str, Any]) -> str:
    file = folder / "chat_template.jinja"
    template = file.read_text(encoding="utf-8") if file.is_file() else config.get("chat_template")
    if isinstance(template, list):
        template = next((entry["template"] for entry in template if entry.get("name") == "default"), None)
    return template if isinstance(template, str) else ""


def _content(token: Any) -> str:
    return str(token["content"]) if isinstance(token, dict) else str(token)


def _json(path: Path) -> dict[str, Any]:
    if not path.is_file():
        return {}
    tree = json.loads(path.read_text(encoding="utf-8"))
    return tree if isinstance(tree, dict) else {}
