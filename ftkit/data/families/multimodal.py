"""Pictures, sound or video: recognised, so that nobody trains on it by mistake."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ftkit.data.families import MEDIA, has_media
from ftkit.data.mapping import Roles, field

ID = "multimodal"
LABEL = "pictures, sound or video"
TASK = "sft"
ROLES: dict[str, tuple[str, ...]] = {
    "media": MEDIA,
    "messages": ("messages", "conversations"),
    "prompt": ("prompt", "question", "instruction"),
    "answer": ("answer", "completion", "response", "output"),
}
REQUIRED: tuple[str, ...] = ()
PARTS = ("image", "image_url", "input_image", "video", "video_url", "audio", "audio_url", "input_audio")
REFUSAL = (
    "These rows come with pictures, sound or video; this kit trains on text. "
    "Leave out the rows that need them, and the column."
)


def recognises(record: Mapping[str, Any], mapping: Roles) -> bool:
    """Whether the row comes with any, in a column or in a message."""
    messages = field(record, mapping, "messages")
    parts = [
        part
        for message in (messages if isinstance(messages, list) else [])
        if isinstance(message, dict) and isinstance(message.get("content"), list)
        for part in message["content"]
    ]
    return has_media(record) or any(isinstance(part, dict) and part.get("type") in PARTS for part in parts)
