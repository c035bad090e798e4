"""Question and answer in two columns, as in GSM8K; perhaps with the text that the question is about."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ftkit.data.mapping import Roles
from ftkit.data.pairs import pair_example
from ftkit.data.records import lower_names

ID = "question-answer"
LABEL = "question and answer"
TASK = "sft"
PLAIN = True
ROLES = {
    "prompt": ("question", "q", "problem"),
    "answer": (
        "solution",
        "answer",
        "a",
        "response",
        "correct_answer",
        "output",
        "completion",
        "generated_solution",
    ),
    "system": ("system", "system_prompt"),
    "context": ("context", "article", "passage", "background"),
    "thinking": (
        "reasoning",
        "reasoning_content",
        "thinking",
        "thought",
        "rationale",
        "*_trace",
        "complex_cot",
        "chain_of_thought",
    ),
    "history": ("history",),
}
REQUIRED = ("prompt", "answer")
examples = pair_example


def NAME_OF(record: Mapping[str, Any], mapping: Roles) -> str:  # noqa: N802  (stated beside ID and LABEL)
    """Under which name this pair of columns is known."""
    if "context" in mapping:
        return "questions about a text"
    return "jeopardy" if {"question", "answer", "category"} <= lower_names(record).keys() else ""
