"""Pictures, sound or video: recognised, so that nobody trains on it by mistake."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import chain
from typing import Any

from ftkit.data.families import MEDIA, has_media
from ftkit.data.mapping import Roles
from ftkit.data.messages import messages_in

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
INLINE = {"inlineData", "inline_data", "fileData", "file_data"}
"""How a part of Gemini's carries a file."""
REFUSAL = (
    "These rows come with pictures, sound or video; this kit trains on text. "
    "Leave out the rows that need them, and the column."
)


def recognises(record: Mapping[str, Any], mapping: Roles) -> bool:
    """Whether the row comes with any, in a column or in a message."""
    return has_media(record) or any(map(_shows, record.values()))


def _shows(value: Any) -> bool:
    """Whether these are messages of which a part is a picture, sound or video."""
    messages = messages_in(value)
    for message in messages if isinstance(messages, list) else []:
        parts = (message.get("content"), message.get("parts")) if isinstance(message, dict) else ()
        for part in chain.from_iterable(several for several in parts if isinstance(several, list)):
            if isinstance(part, dict) and (part.get("type") in PARTS or not INLINE.isdisjoint(part)):
                return True
    return False
