"""Alpaca: an instruction, perhaps an input, and the output; with a system prompt and earlier turns in some files."""

from __future__ import annotations

from ftkit.data.pairs import pair_example

ID = "alpaca"
LABEL = "instruction, input and output (Alpaca)"
TASK = "sft"
PLAIN = True
ROLES = {
    "prompt": ("instruction",),
    "answer": ("output", "response"),
    "context": ("input", "context"),
    "system": ("system", "system_prompt"),
    "history": ("history",),
}
REQUIRED = ("prompt", "answer")
examples = pair_example
