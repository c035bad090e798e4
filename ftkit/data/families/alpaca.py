"""Alpaca: an instruction, perhaps an input, and the output; with a system prompt and earlier turns in some files."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ftkit.data.mapping import Roles
from ftkit.data.pairs import pair_example

ID = "alpaca"
LABEL = "instruction, input and output (Alpaca)"
TASK = "sft"
PLAIN = True
ROLES = {
    "prompt": ("instruction",),
    "answer": ("output", "response", "answer", "completion"),
    "context": ("input",),
    "system": ("system", "system_prompt"),
    "history": ("history",),
    "parent": ("parent_id",),
    "thinking": (
        "reasoning",
        "reasoning_content",
        "thinking",
        "thought",
        "*_trace",
        "complex_cot",
        "chain_of_thought",
    ),
}
REQUIRED = ("prompt", "answer")
examples = pair_example


def NAME_OF(record: Mapping[str, Any], mapping: Roles) -> str:  # noqa: N802  (stated beside ID and LABEL)
    """Under which name these columns are known."""
    if "parent" in mapping:
        return "H2O"
    if mapping["answer"] == "RESPONSE":
        return "OASST"
    return "GPTeacher" if str(mapping["answer"]).lower() == "response" and "context" in mapping else ""
