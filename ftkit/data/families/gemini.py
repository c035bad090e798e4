"""Gemini: ``contents`` of messages with ``role`` (user, model) and ``parts``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ftkit.data.mapping import Roles, field
from ftkit.data.messages import ROLES as SPEAKERS
from ftkit.data.records import DoesNotFit, Example, Turn, text_of
from ftkit.data.tools import calls_of, result_of

ID = "chat-messages"
KIND = "gemini"
LABEL = "contents with role and parts (Gemini)"
TASK = "sft"
ROLES = {
    "messages": ("contents",),
    "system": ("systeminstruction", "system_instruction"),
}
REQUIRED = ("messages",)


def examples(record: Mapping[str, Any], mapping: Roles) -> list[Example]:
    """The messages in their order."""
    contents, system = field(record, mapping, "messages"), field(record, mapping, "system")
    if not isinstance(contents, list):
        raise DoesNotFit("the conversation is not a list of messages")
    head = (
        [_turn({"parts": [{"text": system}]} if isinstance(system, str) else system, "system")]
        if system
        else []
    )
    return [Example(turns=(*head, *(_turn(content) for content in contents)))]


def recognises(record: Mapping[str, Any], mapping: Roles) -> bool:
    """Whether the messages have parts."""
    contents = field(record, mapping, "messages")
    return (
        isinstance(contents, list)
        and bool(contents)
        and isinstance(contents[0], dict)
        and "parts" in contents[0]
    )


def _turn(content: Any, role: str = "") -> Turn:
    parts = content.get("parts") if isinstance(content, dict) else None
    given = content.get("role", "user") if isinstance(content, dict) else None
    speaker = role or (given.lower() if isinstance(given, str) else "")
    if not isinstance(parts, list) or speaker not in SPEAKERS:
        raise DoesNotFit("a message has no parts, or a role that is not known")
    texts: list[str] = []
    calls: tuple[dict[str, Any], ...] = ()
    for part in parts:
        if not isinstance(part, dict):
            raise DoesNotFit("a message has parts that are not text")
        if "functionCall" in part:
            call = part["functionCall"]
            calls = (
                *calls,
                *calls_of({**call, "arguments": call.get("args")} if isinstance(call, dict) else None),
            )
        elif isinstance(part.get("functionResponse"), dict):
            answer = part["functionResponse"]
            return Turn(
                "tool", result_of(answer.get("response")), name=text_of(answer.get("name"), "name of a tool")
            )
        elif "text" in part:
            texts.append(text_of(part["text"], "text of a part"))
        else:
            raise DoesNotFit("a message has parts that are not text")
    text = "".join(texts)
    return Turn(SPEAKERS[speaker], text if calls else text_of(text, "text of a message"), tool_calls=calls)
