"""Texts with their summaries."""

from __future__ import annotations

from ftkit.data.pairs import pair_example

ID = "prompt-completion"
KIND = "summaries"
LABEL = "texts with their summaries"
TASK = "sft"
NOTE = (
    "The text alone is the prompt. To put a request before it, give the prompt as a template, "
    "such as 'Summarize this text.' and below it {article}."
)
ROLES = {
    "prompt": ("article", "document", "dialogue", "text"),
    "answer": ("summary", "highlights", "tldr"),
    "system": ("system", "system_prompt"),
}
REQUIRED = ("prompt", "answer")
examples = pair_example
