"""Transcripts in one text: ``USER: … ASSISTANT: …``, perhaps after an introduction (Vicuna, Glaive)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from ftkit.data.mapping import Roles, field
from ftkit.data.records import Example, Turn, optional_text, text_of

ID = "chat-messages"
KIND = "vicuna"
LABEL = "a transcript with USER and ASSISTANT (Vicuna)"
TASK = "sft"
ROLES = {"text": ("text", "content", "prompt", "conversation", "chat"), "system": ("system",)}
REQUIRED = ("text",)
_MARK = re.compile(r"(?:\A|\s|</s>)\s*(USER|ASSISTANT|FUNCTION RESPONSE):[ \t]*")
_ROLES = {
    "USER": ("user", "prompt"),
    "ASSISTANT": ("assistant", "answer"),
    "FUNCTION RESPONSE": ("tool", "answer of a tool"),
}
_HEAD = re.compile(r"\s*SYSTEM:\s*")
_END = re.compile(r"(?:</s>|<\|endoftext\|>|\s)+\Z")


def examples(record: Mapping[str, Any], mapping: Roles) -> list[Example]:
    """What stands behind each mark is a turn; an introduction before the first one is the system prompt."""
    before, *marked = _MARK.split(text_of(field(record, mapping, "text"), "text"))
    system = _HEAD.sub(
        "", optional_text(field(record, mapping, "system"), "system prompt") or before, count=1
    )
    turns = [Turn("system", system.strip())] if system.strip() else []
    for speaker, said in zip(marked[::2], marked[1::2], strict=True):
        role, what = _ROLES[speaker]
        turns.append(Turn(role, text_of(_END.sub("", said).strip(), what)))
    return [Example(turns=tuple(turns))]


def is_vicuna(text: Any) -> bool:
    """Whether a text has a question and an answer that are marked so, the question first."""
    return isinstance(text, str) and "ASSISTANT:" in text and _MARK.findall(text)[:2] == ["USER", "ASSISTANT"]


def recognises(record: Mapping[str, Any], mapping: Roles) -> bool:
    """Whether the marks are there."""
    return is_vicuna(field(record, mapping, "text"))
