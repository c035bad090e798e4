"""Answers marked good or bad: recognised, so that nobody trains on it by mistake."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

ID = "unpaired-preference"
LABEL = "answers with a good or bad label"
ROLES: dict[str, tuple[str, ...]] = {
    "label": ("label", "kto_tag"),
    "messages": ("messages", "conversations"),
    "prompt": ("prompt", "question", "instruction"),
    "answer": ("completion", "response", "answer"),
}
REQUIRED = ("label",)
REFUSAL = (
    "These answers are marked as good or bad. Supervised fine-tuning would learn the bad ones too; "
    "make a file with the good ones only, without the label column."
)


def recognises(record: Mapping[str, Any], mapping: Mapping[str, str]) -> bool:
    """Whether the label is a yes or no about an answer."""
    return isinstance(record.get(mapping["label"]), bool) and bool({"messages", "answer"} & set(mapping))
