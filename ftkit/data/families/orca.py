"""Orca: a system prompt, a question and a response."""

from __future__ import annotations

from ftkit.data.pairs import pair_example

ID = "prompt-completion"
KIND = "orca"
LABEL = "system prompt, question and response (Orca)"
TASK = "sft"
ROLES = {
    "prompt": ("question",),
    "answer": ("response",),
    "system": ("system_prompt",),
}
REQUIRED = ("prompt", "answer", "system")
examples = pair_example
