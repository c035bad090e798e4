"""Prompt and completion in two columns, as text or as lists of messages (TRL's own form)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ftkit.data.mapping import Roles, field
from ftkit.data.messages import messages_in, read_only, turns_of
from ftkit.data.pairs import offered, pair_example, question
from ftkit.data.records import DoesNotFit, Example

ID = "prompt-completion"
LABEL = "prompt and response"
TASK = "sft"
PLAIN = True
ROLES = {
    "prompt": ("prompt", "query", "input", "user", "message_1", "human", "inputs", "input_text"),
    "answer": (
        "completion",
        "response",
        "answer",
        "output",
        "assistant",
        "generation",
        "message_2",
        "bot",
        "targets",
        "output_text",
        "target",
    ),
    "system": ("system", "system_prompt"),
    "context": ("query",),
    "history": ("history",),
    "thinking": (
        "reasoning",
        "reasoning_content",
        "thinking",
        "thought",
        "*_trace",
        "complex_cot",
        "chain_of_thought",
    ),
    "tools": ("tools",),
}
REQUIRED = ("prompt", "answer")


def examples(record: Mapping[str, Any], mapping: Roles) -> list[Example]:
    """Two texts, or two lists of messages of which only those in the completion are learned from."""
    prompt, answer = (messages_in(field(record, mapping, role)) for role in ("prompt", "answer"))
    if not isinstance(answer, list):
        if isinstance(prompt, list):
            raise DoesNotFit("one of prompt and answer is a list of messages and the other is not")
        return pair_example(record, mapping)
    if not isinstance(prompt, list):
        raise DoesNotFit("one of prompt and answer is a list of messages and the other is not")
    read = read_only(question(record, mapping))
    return [Example(turns=(*read, *turns_of(answer)), tools=offered(record, mapping))]


def NAME_OF(record: Mapping[str, Any], mapping: Roles) -> str:  # noqa: N802  (stated beside ID and LABEL)
    """Under which name this pair of columns is known."""
    columns = {str(source).lower() for source in mapping.values()}
    if {"message_1", "message_2"} <= columns:
        return "Camel"
    return "metharme" if "generation" in columns else ""
