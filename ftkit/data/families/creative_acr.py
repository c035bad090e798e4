"""An instruction with an answer, its critique and the revision that came of it."""

from __future__ import annotations

from ftkit.data.pairs import pair_example

ID = "prompt-completion"
KIND = "creative-acr"
LABEL = "an instruction with an answer, critiques and a revision"
TASK = "sft"
NOTE = "The revision is learned, not the first answer."
ROLES = {
    "prompt": ("instruction",),
    "answer": ("revision",),
    "first": ("answer",),
    "critiques": ("critiques",),
    "scores": ("scores",),
    "system": ("system",),
}
REQUIRED = ("prompt", "answer", "critiques")
examples = pair_example
