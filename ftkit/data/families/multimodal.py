"""Pictures, sound or video: recognised, so that nobody trains on it by mistake."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

ID = "multimodal"
LABEL = "pictures, sound or video"
ROLES: dict[str, tuple[str, ...]] = {
    "media": ("images", "image", "videos", "video", "audios", "audio"),
    "messages": ("messages", "conversations"),
    "prompt": ("prompt", "question", "instruction"),
    "answer": ("answer", "completion", "response", "output"),
}
REQUIRED = ("media",)
REFUSAL = (
    "These rows come with pictures, sound or video; this kit trains on text. "
    "Leave out the rows that need them, and the column."
)


def recognises(record: Mapping[str, Any], mapping: Mapping[str, str]) -> bool:
    """Whether the row comes with any."""
    return bool(record.get(mapping["media"]))
