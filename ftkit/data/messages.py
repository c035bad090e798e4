"""Lists of messages as they are met in the wild, brought to plain turns."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from ftkit.data.records import DoesNotFit, Turn, optional_text, structure_in, text_of
from ftkit.data.tools import calls_of, result_of

ROLES = {
    "system": "system",
    "developer": "system",
    "user": "user",
    "human": "user",
    "prompter": "user",
    "assistant": "assistant",
    "gpt": "assistant",
    "model": "assistant",
    "bot": "assistant",
    "chatbot": "assistant",
    "chatgpt": "assistant",
    "ai": "assistant",
    "tool": "tool",
    "function": "tool",
    "observation": "tool",
    "ipython": "tool",
    "tool_response": "tool",
    "function_response": "tool",
}
CALLS = ("function_call", "tool_call")
"""Speakers whose message is a tool call of the assistant's."""
SPEAKER = ("role", "from")
CONTENT = ("content", "value", "text")
THINKING = ("reasoning_content", "thinking", "reasoning")
_BEGINS = re.compile(r"\s*(\[\s*)?\{")
_WHAT = {"assistant": "answer", "user": "prompt", "system": "system prompt"}


def turns_of(messages: Any, role_key: str = "") -> list[Turn]:
    """A list of messages as turns.

    A message's ``weight``, ``loss_weight`` or ``train`` of 0 or false means that it is read and not learned from.

    Parameters
    ----------
    messages
        Messages that say with "role" or with "from" who speaks.
    role_key
        Which of the two, where only one will do.

    Raises
    ------
    DoesNotFit
        If it is no list of messages, or holds anything but text and tool calls.
    """
    messages = messages_in(messages)
    if not isinstance(messages, list):
        raise DoesNotFit("the conversation is not a list of messages")
    turns: list[Turn] = []
    names: dict[str, str] = {}
    for message in _told_apart(messages):
        turn = _turn(message, role_key, names)
        last = turns[-1] if turns else None
        if turn.role == "system" and not turn.content:
            # Many files keep an empty place for it.
            continue
        if last and last.role == turn.role == "system" and len(turns) == 1:
            # Harmony has the model's own system message, and the developer's after it.
            turns[-1] = replace(last, content=f"{last.content}\n\n{turn.content}")
        elif last and last.role == turn.role == "assistant" and not last.content and not last.tool_calls:
            # Only thoughts so far (Harmony's analysis channel): this is what they led to.
            thinking = "\n\n".join(text for text in (last.thinking, turn.thinking) if text)
            turns[-1] = replace(turn, thinking=thinking)
        # A call in a message of its own belongs to what the assistant said before it, or called besides it.
        elif last and last.role == turn.role == "assistant" and turn.tool_calls and not turn.content:
            thinking = "\n\n".join(text for text in (last.thinking, turn.thinking) if text)
            calls = (*last.tool_calls, *turn.tool_calls)
            turns[-1] = replace(
                last, tool_calls=calls, thinking=thinking, trained=last.trained and turn.trained
            )
        else:
            turns.append(turn)
    if any(turn.role == "assistant" and not turn.content and not turn.tool_calls for turn in turns):
        raise DoesNotFit("thoughts lead to no answer")
    return turns


def _turn(message: Any, role_key: str, names: dict[str, str]) -> Turn:
    keys = (role_key,) if role_key else SPEAKER
    message = _lower(message)
    key = next((key for key in keys if isinstance(message, dict) and key in message), None)
    if key is None:
        raise DoesNotFit(f"a message has no {keys[0]!r}")
    role = message[key]
    if not isinstance(role, str):
        raise DoesNotFit("the role of a message is not text")
    speaker = role.strip().lower()
    given = next((message[key] for key in CONTENT if key in message), None)
    trained = _is_trained(message)
    if speaker in CALLS:
        return Turn("assistant", "", trained, _some_calls(given))
    if speaker not in ROLES:
        raise DoesNotFit("a message has a role that is not known")
    role = ROLES[speaker]
    if role == "tool":
        asked = message.get("tool_call_id")
        name = message.get("name") or (names.get(asked, "") if isinstance(asked, str) else "")
        text = _parts(given, "answer of a tool")[0] if _is_parts(given) else result_of(given)
        return Turn("tool", text, name=optional_text(name, "name of a tool"))
    text, thinking, called, flags = _parts(given, _WHAT[role])
    channel, recipient = message.get("channel"), message.get("recipient")
    if role == "assistant" and channel == "analysis":
        return Turn(role, "", trained, thinking=text_of(text, "reasoning"))
    if role == "assistant" and isinstance(recipient, str) and recipient.startswith("functions."):
        return Turn(role, "", trained, calls_of({"name": recipient[len("functions.") :], "arguments": text}))
    asked = message.get("tool_calls") or message.get("function_call")
    calls = (*called, *calls_of(asked)) if role == "assistant" else ()
    _remember(asked, calls, names)
    for part in given if isinstance(given, list) else []:
        if isinstance(part, dict) and part.get("type") == "tool_use" and isinstance(part.get("id"), str):
            names[part["id"]] = optional_text(part.get("name"), "name of a tool")
    for key in THINKING:
        thinking = thinking or optional_text(message.get(key), "reasoning")
    if flags:
        if len(flags) > 1:
            raise DoesNotFit("a message is partly to be learned from and partly not")
        trained = trained and flags.pop()
    if role != "system" and (not calls or text.strip()):
        text = text_of(text if given is not None else None, _WHAT[role])
    return Turn(role, text, trained, calls, thinking=thinking if role == "assistant" else "")


def _some_calls(given: Any) -> tuple[dict[str, Any], ...]:
    calls = calls_of(given)
    if not calls:
        raise DoesNotFit("a tool call is empty")
    return calls


def _remember(asked: Any, calls: tuple[dict[str, Any], ...], names: dict[str, str]) -> None:
    """Which call has which id, because a tool's answer may name nothing else."""
    asked = asked if isinstance(asked, list) else []
    for given, call in zip(asked, calls[len(calls) - len(asked) :], strict=False):
        if isinstance(given, dict) and isinstance(given.get("id"), str):
            names[given["id"]] = call["function"]["name"]


def _told_apart(messages: list[Any]) -> Iterator[Any]:
    """The messages, and in place of one that brings results of tools as parts (Anthropic) one for each of them."""
    for message in messages:
        content = message.get("content") if isinstance(message, dict) else None
        parts = content if isinstance(content, list) else []
        results = [part for part in parts if isinstance(part, dict) and part.get("type") == "tool_result"]
        for part in results:
            told = part.get("content")
            yield {"role": "tool", "content": told, "tool_call_id": part.get("tool_use_id")}
        rest = [part for part in parts if not any(part is result for result in results)]
        if not results:
            yield message
        elif rest:
            yield {**message, "content": rest}


def _lower(message: Any) -> Any:
    """A message whose keys are in lower case, where they were written in another one."""
    if not isinstance(message, dict) or any(key in message for key in SPEAKER):
        return message
    return {str(key).strip().lower(): value for key, value in message.items()}


def _is_parts(content: Any) -> bool:
    return isinstance(content, list) and all(isinstance(part, dict) and "type" in part for part in content)


def _parts(content: Any, what: str) -> tuple[str, str, tuple[dict[str, Any], ...], set[bool]]:
    """The text of a message, what was thought before it, the tools it calls, and the flags of its parts."""
    if not isinstance(content, list):
        return optional_text(content, what), "", (), set()
    texts, thoughts, flags = [], [], set()
    calls: tuple[dict[str, Any], ...] = ()
    for part in content:
        kind = part.get("type", "text") if isinstance(part, dict) else None
        if isinstance(part, str):
            texts.append(part)
            continue
        if kind not in (
            "text",
            "input_text",
            "output_text",
            "reasoning",
            "thinking",
            "tool_call",
            "tool_calls",
            "tool_use",
        ):
            raise DoesNotFit("a message has parts that are not text")
        given = next((part[key] for key in ("text", "value", "content", "thinking") if key in part), None)
        if kind == "tool_use":
            calls = (*calls, *calls_of({"name": part.get("name"), "arguments": part.get("input")}))
        elif kind in ("tool_call", "tool_calls"):
            calls = (*calls, *_some_calls(given))
        elif kind in ("reasoning", "thinking"):
            thoughts.append(optional_text(given, "reasoning"))
        else:
            texts.append("" if given == "" else text_of(given, what))
        if any(flag in part for flag in _FLAGS):
            flags.add(_is_trained(part))
    return "".join(texts), "\n\n".join(text for text in thoughts if text), calls, flags


_FLAGS = ("weight", "loss_weight", "train")


def _is_trained(message: Mapping[str, Any]) -> bool:
    flag = next((message[key] for key in _FLAGS if message.get(key) is not None), 1)
    if not isinstance(flag, (int, float)):
        raise DoesNotFit("the weight of a message is not a number")
    if flag not in (0, 1):
        raise DoesNotFit("the weight of a message is neither 0 nor 1")
    return bool(flag)


def messages_in(value: Any) -> Any:
    """The messages that a text holds, a list of them or one, as tables keep them; any other value as it is."""
    if not isinstance(value, str) or not _BEGINS.match(value):
        return value
    found = structure_in(value)
    said = isinstance(found, list) or any(key in _lower(found or {}) for key in CONTENT)
    return found if said and are_messages(found) else value


def has_key(messages: Any, key: str) -> bool:
    """Whether this is a list whose first message has the key."""
    messages = messages_in(messages)
    return (
        isinstance(messages, list)
        and bool(messages)
        and isinstance(messages[0], dict)
        and key in _lower(messages[0])
    )


def are_messages(value: Any) -> bool:
    """Whether this looks like messages: a list of them, or one alone."""
    first = value[0] if isinstance(value, list) and value else value
    return isinstance(first, dict) and any(key in _lower(first) for key in SPEAKER)


def read_only(turns: list[Turn]) -> list[Turn]:
    """The same turns, from none of which anything is learned."""
    return [replace(turn, trained=False) for turn in turns]
