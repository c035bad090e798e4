"""Preference pairs: a prompt with a better and a worse answer, as texts or as messages."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ftkit.data.families.preference_transcript import examples as transcripts
from ftkit.data.mapping import Roles, field
from ftkit.data.messages import messages_in
from ftkit.data.pairs import offered, question
from ftkit.data.records import Example, structure_in
from ftkit.data.sides import answer_of, begun_alike, is_transcript, shared_prompt

ID = "preference"
LABEL = "preference pairs (chosen and rejected)"
TASK = "dpo"
ROLES: dict[str, tuple[str, ...]] = {
    "chosen": ("chosen", "chosen_messages", "chosen_response", "preferred_output", "preferred", "response_j"),
    "rejected": (
        "rejected",
        "rejected_messages",
        "rejected_response",
        "non_preferred_output",
        "rejected_text",
        "response_k",
    ),
    "prompt": ("prompt", "question", "instruction", "query", "input", "conversations", "messages"),
    "context": ("input", "context"),
    "system": ("system", "system_prompt"),
    "history": ("history",),
    "tools": ("tools",),
}
REQUIRED = ("chosen", "rejected")


def examples(record: Mapping[str, Any], mapping: Roles) -> list[Example]:
    """The prompt, which may stand in a column of its own or at the beginning of both answers."""
    texts = messages_in(field(record, mapping, "chosen")), messages_in(field(record, mapping, "rejected"))
    chosen, rejected = answer_of(texts[0], "chosen answer"), answer_of(texts[1], "rejected answer")
    given = field(record, mapping, "prompt")
    given = structure_in(given) or given
    inner = given if isinstance(given, dict) and "messages" in given else {}
    if inner:
        record, mapping = {**inner, "tools": inner.get("tools")}, {"prompt": "messages", "tools": "tools"}
    if "prompt" not in mapping and isinstance(texts[0], str) and isinstance(texts[1], str):
        return [begun_alike(*texts)] if not all(map(is_transcript, texts)) else transcripts(record, mapping)
    starts = {turns[0].role in ("system", "user") for turns in (chosen, rejected)}
    if starts != {False}:
        prompt, chosen, rejected = shared_prompt(chosen, rejected)
    else:
        prompt = question(record, mapping)
    tools = offered(record, mapping)
    return [Example(turns=tuple(prompt), chosen=tuple(chosen), rejected=tuple(rejected), tools=tools)]


def recognises(record: Mapping[str, Any], mapping: Roles) -> bool:
    """Whether both answers are there, and are no transcripts with the prompt in them."""
    chosen, rejected = field(record, mapping, "chosen"), field(record, mapping, "rejected")
    kinds = (str, list, dict)
    if not (chosen and rejected and isinstance(chosen, kinds) and isinstance(rejected, kinds)):
        return False
    return "prompt" in mapping or not (is_transcript(chosen) and is_transcript(rejected))
