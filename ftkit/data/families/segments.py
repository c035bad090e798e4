"""Segments of one text, each with a label that says whether it is learned from or only read (Axolotl's input_output)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ftkit.data.mapping import Roles, field
from ftkit.data.records import DoesNotFit, Example, Turn, text_of

ID = "prompt-completion"
KIND = "segments"
LABEL = "segments with a label each, learned from or only read"
TASK = "sft"
ROLES = {"segments": ("segments",)}
REQUIRED = ("segments",)
NOTE = "What is only read becomes a prompt and what is learned from an answer; marks of a chat template stay in the text."


def examples(record: Mapping[str, Any], mapping: Roles) -> list[Example]:
    """Neighbours of the same label are one turn."""
    segments = field(record, mapping, "segments")
    if not isinstance(segments, list) or not segments:
        raise DoesNotFit("the segments are no list, or an empty one")
    joined: list[tuple[bool, str]] = []
    for segment in segments:
        if not isinstance(segment, dict) or not isinstance(segment.get("label"), bool):
            raise DoesNotFit("a segment has no label that is true or false")
        text = segment.get("text")
        if text == "":
            continue
        # A segment may be a lone line break: it counts once it is joined.
        text = text if isinstance(text, str) and not text.strip() else text_of(text, "text of a segment")
        if joined and joined[-1][0] == segment["label"]:
            joined[-1] = (segment["label"], joined[-1][1] + text)
        else:
            joined.append((segment["label"], text))
    turns = tuple(
        Turn("assistant", text_of(text, "answer")) if learned else Turn("user", text_of(text, "prompt"))
        for learned, text in joined
    )
    return [Example(turns=turns)]


def recognises(record: Mapping[str, Any], mapping: Roles) -> bool:
    """Whether the first segment has a label and a text."""
    segments = field(record, mapping, "segments")
    return (
        isinstance(segments, list)
        and bool(segments)
        and isinstance(segments[0], dict)
        and {"label", "text"} <= set(segments[0])
    )
