"""Lists of messages as they are met in the wild, brought to plain turns."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ftkit.data.records import DoesNotFit, Turn, text_of

ROLES = {
    "system": "system",
    "developer": "system",
    "user": "user",
    "human": "user",
    "assistant": "assistant",
    "gpt": "assistant",
    "model": "assistant",
    "bot": "assistant",
    "chatgpt": "assistant",
}
TOOLS = ("tool", "function", "function_call", "observation", "ipython", "tool_call", "tool_response")


def turns_of(
    messages: Any, role_key: str = "role", content_keys: tuple[str, ...] = ("content", "value")
) -> list[Turn]:
    """A list of messages as turns.

    A message's ``weight``, ``loss_weight`` or ``train`` of 0 or false means that it is read and not learned from.

    Raises
    ------
    DoesNotFit
        If it is no list of messages, or holds anything but text.
    """
    if isinstance(messages, dict) or not isinstance(messages, list):
        raise DoesNotFit("the conversation is not a list of messages")
    return [_turn(message, role_key, content_keys) for message in messages]


def _turn(message: Any, role_key: str, content_keys: tuple[str, ...]) -> Turn:
    if not isinstance(message, dict) or role_key not in message:
        raise DoesNotFit(f"a message has no {role_key!r}")
    role = message[role_key]
    if not isinstance(role, str):
        raise DoesNotFit("the role of a message is not text")
    name = role.strip().lower()
    if name in TOOLS or message.get("tool_calls"):
        raise DoesNotFit("the conversation calls tools, which this version does not train")
    if name not in ROLES:
        raise DoesNotFit("a message has a role that is not known")
    content = next((message[key] for key in content_keys if key in message), None)
    what = {"assistant": "answer", "user": "prompt", "system": "system prompt"}[ROLES[name]]
    return Turn(ROLES[name], _content(content, what), trained=_is_trained(message))


def _content(content: Any, what: str) -> str:
    if not isinstance(content, list):
        return text_of(content, what)
    texts = []
    for part in content:
        if not isinstance(part, dict) or part.get("type", "text") != "text":
            raise DoesNotFit("a message has parts that are not text")
        texts.append(text_of(part.get("text", part.get("value")), what))
    return text_of("".join(texts), what)


def _is_trained(message: Mapping[str, Any]) -> bool:
    flag = next(
        (message[key] for key in ("weight", "loss_weight", "train") if message.get(key) is not None), 1
    )
    if not isinstance(flag, (int, float)):
        raise DoesNotFit("the weight of a message is not a number")
    if flag not in (0, 1):
        raise DoesNotFit("the weight of a message is neither 0 nor 1")
    return bool(flag)


def has_key(messages: Any, key: str) -> bool:
    """Whether this is a list whose first message has the key."""
    return (
        isinstance(messages, list) and bool(messages) and isinstance(messages[0], dict) and key in messages[0]
    )


def without_tools(record: Mapping[str, Any]) -> None:
    """Refuse a record that offers tools: leaving them out would train on another prompt than the one meant.

    Raises
    ------
    DoesNotFit
        If ``tools`` holds any.
    """
    tools = record.get("tools")
    if tools and not (isinstance(tools, str) and tools.strip() in ("", "[]", "null", "{}")):
        raise DoesNotFit("the conversation offers tools, which this version does not train")
