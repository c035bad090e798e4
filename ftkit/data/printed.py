"""What a model's chat template prints of a conversation, and what it silently leaves out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ftkit.data.tokenizer import ModelTokens
from ftkit.errors import DataError

CALLS, TOOLS = "tool calls", "tools on offer"
"""Beside the roles: what an answer calls, and what the conversation offers."""
_ASK = {"role": "user", "content": "ftkit-asks"}
_CALL = {"type": "function", "function": {"name": "ftkit_calls", "arguments": {"day": 1}}}
_OFFER = {"type": "function", "function": {"name": "ftkit_offers", "description": "Look", "parameters": {}}}
_CALLING = {"role": "assistant", "content": "", "tool_calls": [_CALL]}
_TRIED: dict[str, tuple[str, Sequence[Mapping[str, Any]]]] = {
    "user": ("ftkit-asks", [_ASK]),
    "system": ("ftkit-orders", [{"role": "system", "content": "ftkit-orders"}, _ASK]),
    "assistant": ("ftkit-answers", [_ASK, {"role": "assistant", "content": "ftkit-answers"}]),
    CALLS: ("ftkit_calls", [_ASK, _CALLING]),
    "tool": (
        "ftkit-gives",
        [_ASK, _CALLING, {"role": "tool", "name": "ftkit_calls", "content": "ftkit-gives"}],
    ),
}


def printed(tokens: ModelTokens) -> frozenset[str]:
    """The roles whose text the template prints, and :data:`CALLS` and :data:`TOOLS` where it prints those.

    A model whose template leaves out tool calls would learn an empty answer from every one of them.
    """
    found = {what for what, (mark, messages) in _TRIED.items() if mark in _text(tokens, messages)}
    if "ftkit_offers" in _text(tokens, [_ASK], [_OFFER]):
        found.add(TOOLS)
    return frozenset(found)


def _text(
    tokens: ModelTokens,
    messages: Sequence[Mapping[str, Any]],
    tools: Sequence[Mapping[str, Any]] | None = None,
) -> str:
    try:
        return tokens.chat(messages, tools=tools)
    except DataError:
        return ""  # the template refuses it, or there is none
