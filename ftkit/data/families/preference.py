"""Preference pairs: recognised, so that nobody trains on it by mistake."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

ID = "preference"
LABEL = "preference pairs (chosen and rejected)"
ROLES: dict[str, tuple[str, ...]] = {
    "chosen": ("chosen", "chosen_messages", "chosen_response", "preferred_output"),
    "rejected": (
        "rejected",
        "rejected_messages",
        "rejected_response",
        "non_preferred_output",
        "rejected_text",
    ),
    "prompt": ("prompt", "question", "instruction", "input", "conversations", "messages"),
}
REQUIRED = (
    "chosen",
    "rejected",
)
REFUSAL = (
    "These rows hold a better and a worse answer each. Supervised fine-tuning learns from one answer; "
    "make a file with the prompt and the chosen answer only."
)


def recognises(record: Mapping[str, Any], mapping: Mapping[str, str]) -> bool:
    """Whether both answers are there."""
    return bool(record.get(mapping["chosen"]) and record.get(mapping["rejected"]))
