"""Texts with a question that they do not answer: the model learns to say so."""

from __future__ import annotations

from ftkit.data.pairs import pair_example

ID = "question-answer"
KIND = "unanswerable"
LABEL = "texts with a question that they do not answer"
TASK = "sft"
NOTE = "The answer is the same sentence in every row: put it into your own words and language."
ROLES = {
    "prompt": ("unanswerable_question",),
    "context": ("article", "context", "passage"),
    "answer": (),
    "system": ("system", "system_prompt"),
}
REQUIRED = ("prompt", "answer")
DEFAULTS = {"answer": {"constant": "The text does not say."}}
examples = pair_example
