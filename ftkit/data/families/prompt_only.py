"""Prompts without answers: for training in which the model writes the answers itself."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ftkit.data.mapping import Roles, field
from ftkit.data.messages import are_messages
from ftkit.data.pairs import offered, question
from ftkit.data.records import Example, lower_names

ID = "prompt-only"
LABEL = "prompts without answers"
TASK = "grpo"
ROLES = {
    "prompt": ("prompt", "question", "instruction", "query", "problem"),
    "context": ("context", "input", "article", "passage"),
    "system": ("system", "system_prompt"),
    "tools": ("tools",),
}
REQUIRED = ("prompt",)
ANSWERS = {
    *("answer", "response", "completion", "output", "generation", "solution", "summary", "completions"),
    *(
        "answers",
        "responses",
        "choices",
        "chosen",
        "rejected",
        "label",
        "labels",
        "messages",
        "conversations",
    ),
    *("text", "content"),
}
"""Columns that are, by their names, what follows a prompt, even where they are empty."""
WORDS = {"answer", "answers", "response", "responses", "solution", "completion", "output", "reply"}
"""Words in names of such columns: ``response_0``, ``canonical_solution``."""
SHORT = 60
"""A text of up to as many characters without a line break is taken for a name or a category, not for an answer."""


def examples(record: Mapping[str, Any], mapping: Roles) -> list[Example]:
    """The prompt: a text, or messages."""
    return [Example(turns=tuple(question(record, mapping)), tools=offered(record, mapping))]


def recognises(record: Mapping[str, Any], mapping: Roles) -> bool:
    """Whether there is nothing else in the row that could be an answer."""
    prompt = field(record, mapping, "prompt")
    if not (isinstance(prompt, str) or are_messages(prompt)):
        return False
    known = {source for source in mapping.values() if isinstance(source, str)}
    if isinstance(prompt, dict) and "replies" in prompt:
        return False
    names = lower_names(record)
    answers = {name for name in names if name in ANSWERS or WORDS & set(name.split("_"))}
    if any(names[name] not in known for name in answers):
        return False
    return not any(_is_long(value) for name, value in record.items() if name not in known)


def _is_long(value: Any) -> bool:
    if isinstance(value, str):
        return len(value) > SHORT or "\n" in value
    return isinstance(value, (list, dict)) and bool(value)
