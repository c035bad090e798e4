"""Two transcripts that begin with the same conversation and end in a better and a worse answer (HH-RLHF)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ftkit.data.mapping import Roles, field
from ftkit.data.records import Example, text_of
from ftkit.data.sides import is_transcript, shared_prompt, transcript_turns

ID = "preference-transcript"
LABEL = "two transcripts with the same prompt (chosen and rejected)"
TASK = "dpo"
ROLES = {
    "chosen": ("chosen",),
    "rejected": ("rejected",),
}
REQUIRED = ("chosen", "rejected")


def examples(record: Mapping[str, Any], mapping: Roles) -> list[Example]:
    """The conversation that both share, and the two answers after it."""
    sides = [
        transcript_turns(text_of(field(record, mapping, side), f"{side} transcript"), side)
        for side in ("chosen", "rejected")
    ]
    prompt, chosen, rejected = shared_prompt(*sides)
    return [Example(turns=tuple(prompt), chosen=tuple(chosen), rejected=tuple(rejected))]


def recognises(record: Mapping[str, Any], mapping: Roles) -> bool:
    """Whether both are transcripts."""
    return is_transcript(field(record, mapping, "chosen")) and is_transcript(
        field(record, mapping, "rejected")
    )
