"""Transcripts in one text with marks: ``### Human: … ### Assistant: …`` (Guanaco) or ``### Instruction: …``."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from ftkit.data.mapping import Roles, field
from ftkit.data.records import DoesNotFit, Example, Turn, text_of

ID = "chat-messages"
KIND = "guanaco"
LABEL = "a transcript with ### Human and ### Assistant (Guanaco)"
TASK = "sft"
ROLES = {"text": ("text", "content", "prompt", "conversation")}
REQUIRED = ("text",)
SPEAKERS = {
    "system": "system",
    "human": "user",
    "user": "user",
    "instruction": "user",
    "input": "context",
    "assistant": "assistant",
    "response": "assistant",
}
# Guanaco's own marks follow one another without a line break; the others are headings.
_MARK = re.compile(
    r"(?:###[ \t]*(?=Human|Assistant)|^[ \t]*###[ \t]*)"
    r"(System|Human|User|Instruction|Input|Assistant|Response):[ \t]*",
    re.M | re.I,
)


def examples(record: Mapping[str, Any], mapping: Roles) -> list[Example]:
    """What stands behind each mark is a turn; an introduction before the first one is the system prompt."""
    text = text_of(field(record, mapping, "text"), "text")
    before, *marked = _MARK.split(text)
    turns = [Turn("system", before.strip())] if before.strip() else []
    for speaker, said in zip(marked[::2], marked[1::2], strict=True):
        role = SPEAKERS[speaker.lower()]
        if not said.strip():
            if role == "context":
                continue
            raise DoesNotFit(f"the {'answer' if role == 'assistant' else 'prompt'} is empty")
        if role == "context":
            if not turns or turns[-1].role != "user":
                raise DoesNotFit("an input stands behind no instruction")
            turns[-1] = Turn("user", f"{turns[-1].content}\n\n{said.strip()}")
        else:
            turns.append(Turn(role, said.strip()))
    return [Example(turns=tuple(turns))]


def is_transcript(text: Any) -> bool:
    """Whether a text has a question and an answer that are marked so."""
    if not isinstance(text, str) or "###" not in text:
        return False
    roles = {SPEAKERS[mark.lower()] for mark in _MARK.findall(text)}
    return {"user", "assistant"} <= roles


def recognises(record: Mapping[str, Any], mapping: Roles) -> bool:
    """Whether the marks are there."""
    return is_transcript(field(record, mapping, "text"))
