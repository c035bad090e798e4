"""Dolly: an instruction, perhaps the text that it is about, the response, and a category."""

from __future__ import annotations

from ftkit.data.pairs import pair_example

ID = "dolly"
LABEL = "instruction, context and response (Dolly)"
TASK = "sft"
PLAIN = True
ROLES = {
    "prompt": ("instruction",),
    "context": ("context",),
    "answer": ("response", "output"),
    "system": ("system", "system_prompt"),
}
REQUIRED = ("prompt", "context", "answer")
examples = pair_example
