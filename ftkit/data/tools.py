"""Tools that a conversation offers and calls, brought to TRL's form whatever form they were written in."""

from __future__ import annotations

import json
from typing import Any

from ftkit.data.records import DoesNotFit, structure_in, text_of

NONE: tuple[Any, ...] = (None, "", [], {}, "[]", "null", "{}", "None")


def tools_of(value: Any) -> tuple[dict[str, Any], ...]:
    """The tools on offer: a list, or JSON in a text, of schemas with or without ``{"type": "function"}`` around them.

    Raises
    ------
    DoesNotFit
        If they cannot be read: leaving them out would train on another prompt than the one meant.
    """
    if _is_none(value):
        return ()
    tools = _parsed(value, "list of tools")
    if isinstance(tools, dict):
        tools = [tools]
    if not isinstance(tools, list):
        raise DoesNotFit("the list of tools is none")
    found = []
    for tool in tools:
        if not isinstance(tool, dict):
            raise DoesNotFit("a tool on offer is not described as a group of values")
        schema: dict[str, Any] = (
            tool if isinstance(tool.get("function"), dict) else {"type": "function", "function": tool}
        )
        text_of(schema["function"].get("name"), "name of a tool")
        if "input_schema" in tool and "parameters" not in tool:
            # As Anthropic writes them.
            renamed = {"parameters" if key == "input_schema" else key: part for key, part in tool.items()}
            schema = {"type": "function", "function": renamed}
        found.append({"type": "function", **schema})
    _storable(found, "list of tools")
    return tuple(found)


def calls_of(value: Any) -> tuple[dict[str, Any], ...]:
    """The calls of one turn: one or several, as JSON in a text or as values, with arguments of either kind.

    Raises
    ------
    DoesNotFit
        If a call cannot be read.
    """
    if _is_none(value):
        return ()
    calls = _parsed(value, "tool call")
    found = []
    for call in calls if isinstance(calls, list) else [calls]:
        named: Any = call.get("function", call) if isinstance(call, dict) else None
        if not isinstance(named, dict):
            raise DoesNotFit("a tool call has no name")
        name = text_of(named.get("name"), "name of a tool call")
        given = named.get("arguments", named.get("parameters"))
        arguments = {} if _is_none(given) else _parsed(given, "arguments of a tool call")
        found.append({"type": "function", "function": {"name": name, "arguments": arguments}})
    _storable(found, "tool call")
    return tuple(found)


def result_of(value: Any) -> str:
    """What a tool gave back, as text; nothing is an answer too.

    Raises
    ------
    DoesNotFit
        If it cannot be stored.
    """
    if value is None or (isinstance(value, str) and not value.strip()):
        return ""
    if isinstance(value, (dict, list, bool)):
        _storable(value, "answer of a tool")
        return json.dumps(value, ensure_ascii=False)
    return text_of(value, "answer of a tool")


def _is_none(value: Any) -> bool:
    return (value.strip() if isinstance(value, str) else value) in NONE


def _parsed(value: Any, what: str) -> Any:
    if not isinstance(value, str):
        return value
    try:
        return json.loads(value)
    except (ValueError, RecursionError) as error:
        if (found := structure_in(value)) is not None:
            return found
        raise DoesNotFit(f"the {what} is not valid JSON") from error


def _storable(value: Any, what: str) -> None:
    try:
        text = json.dumps(value, ensure_ascii=False, allow_nan=False)
        text.encode()
    except (ValueError, TypeError, RecursionError) as error:
        raise DoesNotFit(f"the {what} holds something that JSON cannot") from error
    if "\\u0000" in text:
        raise DoesNotFit(f"the {what} contains a NUL character")
