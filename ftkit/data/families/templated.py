"""Conversations in one text that already has the marks of some chat template: ChatML, Llama 2 and 3, Gemma, Zephyr."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from ftkit.data.mapping import Roles, field
from ftkit.data.messages import ROLES as SPEAKERS
from ftkit.data.records import DoesNotFit, Example, Turn, text_of

ID = "chat-messages"
KIND = "templated"
LABEL = "texts with the marks of a chat template (ChatML, Llama, Gemma, Zephyr)"
TASK = "sft"
NOTE = "The marks are taken out: your model's own chat template puts in its own."
ROLES = {"text": ("text", "content", "prompt", "conversation")}
REQUIRED = ("text",)
_TURN = re.compile(
    r"<\|im_start\|>[ ]?(?P<chatml>\w+)\n(?P<chatml_text>.*?)(?:<\|im_end\|>|\Z)"
    r"|<\|start_header_id\|>(?P<llama>\w+)<\|end_header_id\|>(?P<llama_text>.*?)(?:<\|eot_id\|>|\Z)"
    r"|<start_of_turn>(?P<gemma>\w+)\n(?P<gemma_text>.*?)(?:<end_of_turn>|\Z)"
    r"|\[INST\](?P<asked>(?:(?!\[INST\]).)*?)\[/INST\](?P<answered>.*?)(?=</s>|<s>|\[INST\]|\Z)"
    r"|<\|(?P<zephyr>system|user|assistant|model)\|>(?P<zephyr_text>.*?)"
    r"(?=<\|(?:system|user|assistant|model|end|endoftext)\|>|</s>|\Z)",
    re.DOTALL,
)
_MARKS = ("<|", "[INST]", "<start_of_turn>")
_NAMED = ("chatml", "llama", "gemma", "zephyr")
_SYSTEM = re.compile(r"\s*<<SYS>>(.*?)<</SYS>>(.*)", re.DOTALL)
_BETWEEN = re.compile(
    r"(?:\s|<s>|</s>|<bos>|<eos>|<\|begin_of_text\|>|<\|end_of_text\|>|<\|endoftext\|>|<\|end\|>)*"
)


def examples(record: Mapping[str, Any], mapping: Roles) -> list[Example]:
    """What stands between the marks."""
    text = text_of(field(record, mapping, "text"), "text")
    turns = [turn for turn in _turns(text) if turn.content or turn.role != "system"]
    for turn in turns:
        text_of(turn.content, "answer" if turn.role == "assistant" else "prompt")
    return [Example(turns=tuple(turns))]


def is_templated(text: Any) -> bool:
    """Whether a text has a question and an answer with marks of a chat template."""
    if not isinstance(text, str) or not any(mark in text for mark in _MARKS):
        return False
    roles: set[str | None] = set()
    for match in _TURN.finditer(text):
        speaker = _speaker(match)
        roles |= {SPEAKERS.get(speaker.lower())} if speaker else {"user", "assistant"}
    return {"user", "assistant"} <= roles


def recognises(record: Mapping[str, Any], mapping: Roles) -> bool:
    """Whether the marks are there."""
    return is_templated(field(record, mapping, "text"))


def _turns(text: str) -> Iterator[Turn]:
    end = 0
    for match in _TURN.finditer(text):
        _see_nothing_between(text[end : match.start()])
        end = match.end()
        if match["asked"] is not None:
            system = _SYSTEM.fullmatch(match["asked"])
            if system:
                yield Turn("system", system[1].strip())
            yield Turn("user", (system[2] if system else match["asked"]).strip())
            if match["answered"].strip():
                yield Turn("assistant", match["answered"].strip())
            continue
        speaker = _speaker(match).lower()
        if speaker not in SPEAKERS:
            raise DoesNotFit("a message has a role that is not known")
        said = next((match[f"{name}_text"] for name in _NAMED if match[f"{name}_text"]), "")
        yield Turn(SPEAKERS[speaker], said.strip())
    _see_nothing_between(text[end:])


def _speaker(match: re.Match[str]) -> str:
    return next((match[name] for name in _NAMED if match[name]), "")


def _see_nothing_between(text: str) -> None:
    if not _BETWEEN.fullmatch(text):
        raise DoesNotFit("there is text outside the marks of the chat template")
