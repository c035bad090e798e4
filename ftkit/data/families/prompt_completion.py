"""Prompt and completion in two columns, as text or as lists of messages (TRL's own form)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ftkit.data.messages import turns_of
from ftkit.data.pairs import pair
from ftkit.data.records import DoesNotFit, Turn

ID = "prompt-completion"
LABEL = "prompt and response"
PLAIN = True
ROLES = {
    "prompt": ("prompt", "query", "input", "user", "message_1"),
    "answer": ("completion", "response", "answer", "output", "assistant", "generation", "message_2"),
    "system": ("system", "system_prompt"),
    "context": (),
}
REQUIRED = ("prompt", "answer")


def conversation(record: Mapping[str, Any], mapping: Mapping[str, str]) -> list[Turn]:
    """Two texts, or two lists of messages of which only those in the completion are learned from."""
    prompt, answer = record.get(mapping["prompt"]), record.get(mapping["answer"])
    if not isinstance(prompt, list) and not isinstance(answer, list):
        return pair(record, mapping)
    if not (isinstance(prompt, list) and isinstance(answer, list)):
        raise DoesNotFit("one of prompt and answer is a list of messages and the other is not")
    read = [Turn(turn.role, turn.content, trained=False) for turn in turns_of(prompt)]
    return [*read, *turns_of(answer)]
