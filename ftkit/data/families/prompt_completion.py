"""Prompt and completion in two columns, as text or as lists of messages (TRL's own form)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ftkit.data.mapping import Roles, field
from ftkit.data.messages import turns_of
from ftkit.data.pairs import pair_example
from ftkit.data.records import DoesNotFit, Example, Turn

ID = "prompt-completion"
LABEL = "prompt and response"
TASK = "sft"
PLAIN = True
ROLES = {
    "prompt": ("prompt", "query", "input", "user", "message_1"),
    "answer": ("completion", "response", "answer", "output", "assistant", "generation", "message_2"),
    "system": ("system", "system_prompt"),
    "context": (),
}
REQUIRED = ("prompt", "answer")


def examples(record: Mapping[str, Any], mapping: Roles) -> list[Example]:
    """Two texts, or two lists of messages of which only those in the completion are learned from."""
    prompt, answer = field(record, mapping, "prompt"), field(record, mapping, "answer")
    if not isinstance(prompt, list) and not isinstance(answer, list):
        return pair_example(record, mapping)
    if not (isinstance(prompt, list) and isinstance(answer, list)):
        raise DoesNotFit("one of prompt and answer is a list of messages and the other is not")
    read = [Turn(turn.role, turn.content, trained=False) for turn in turns_of(prompt)]
    return [Example(turns=(*read, *turns_of(answer)))]
