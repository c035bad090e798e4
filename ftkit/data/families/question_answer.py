"""Question and answer in two columns, as in GSM8K."""

from __future__ import annotations

from ftkit.data.pairs import pair_example

ID = "question-answer"
LABEL = "question and answer"
TASK = "sft"
PLAIN = True
ROLES = {
    "prompt": ("question", "q"),
    "answer": ("answer", "a", "response", "output"),
    "system": ("system", "system_prompt"),
    "context": ("context", "article"),
}
REQUIRED = ("prompt", "answer")
examples = pair_example
