"""Question and answer in two columns, as in GSM8K."""

from __future__ import annotations

from ftkit.data.pairs import pair

ID = "question-answer"
LABEL = "question and answer"
PLAIN = True
ROLES = {
    "prompt": ("question", "q"),
    "answer": ("answer", "a", "response", "output"),
    "system": ("system", "system_prompt"),
    "context": ("context", "article"),
}
REQUIRED = ("prompt", "answer")
conversation = pair
