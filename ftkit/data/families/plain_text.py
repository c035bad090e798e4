"""Running text: recognised, so that nobody trains on it by mistake."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

ID = "plain-text"
LABEL = "plain text"
ROLES: dict[str, tuple[str, ...]] = {
    "text": ("text",),
    "label": ("label",),
}
REQUIRED = ("text",)
REFUSAL = (
    "These rows are running text, with no prompt and answer to tell apart. "
    "Supervised fine-tuning needs rows with a question and the answer you want."
)


def recognises(record: Mapping[str, Any], mapping: Mapping[str, str]) -> bool:
    """Whether there is text."""
    return isinstance(record.get(mapping["text"]), str)
