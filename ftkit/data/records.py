"""What a data file holds before anything is understood: records, and why one may not fit."""

from __future__ import annotations

import ast
import hashlib
import json
import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

LONGEST_LITERAL = 2**20
"""Python's way of writing lists is slow to read: not for texts of many megabytes."""
_OPENS = re.compile(r"\s*[\[{]\s*[\[\]{}'\"\d.TFN-]")
_QUOTED = re.compile(r"'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\"", re.DOTALL)
_PLAIN = re.compile(r"(?:[\s\[\]{}:,\d.e+-]|True|False|None)*")
_ODD = re.compile(r"[\]}\d]\s*[\[{]|[+-]{2}|\d\s*[+-]")


class DoesNotFit(Exception):  # noqa: N818  (not an error: the row is counted and shown)
    """One record cannot become training rows. The reason holds no value, so that equal cases can be counted."""


@dataclass(frozen=True)
class Record:
    """One row of a file.

    Attributes
    ----------
    number
        Where it stands, from 1: the line of a JSONL file, else the position of the row below the header.
    value
        What was read: a dict where all is well.
    problem
        Why it could not be read at all; empty where it could.
    """

    number: int
    value: Any
    problem: str = ""


@dataclass(frozen=True)
class Turn:
    """One message of a conversation.

    Attributes
    ----------
    role
        system, user, assistant or tool.
    content
        What is said; empty only beside tool calls.
    trained
        Whether an answer is learned from, or only read.
    tool_calls
        The tools that an answer calls, in TRL's form: ``{"type": "function", "function": {"name", "arguments"}}``.
    name
        Which tool a tool's turn comes from, where the data say so.
    thinking
        What the assistant thinks before it answers.
    """

    role: str
    content: str
    trained: bool = True
    tool_calls: tuple[dict[str, Any], ...] = ()
    name: str = ""
    thinking: str = ""


@dataclass(frozen=True)
class Example:
    """What one record says, whatever it will be used for; empty where it says nothing.

    Attributes
    ----------
    turns
        The conversation; for preferences and lone prompts: the prompt.
    text
        Running text; for classification the text to be labelled.
    chosen, rejected
        The better and the worse answer.
    label
        The class of a text; True or False where an answer (the end of `turns`) is marked as good or bad.
    steps, step_labels
        The steps of a solution, and which of them are right.
    tools
        The tools that the assistant may call, as JSON schemas.
    group
        Examples of one group stay in one part.
    ids, labels
        Token ids, where there is no text, and of each the id itself or -100.
    """

    turns: tuple[Turn, ...] = ()
    text: str = ""
    chosen: tuple[Turn, ...] = ()
    rejected: tuple[Turn, ...] = ()
    label: str | int | bool | None = None
    steps: tuple[str, ...] = ()
    step_labels: tuple[bool, ...] = ()
    tools: tuple[dict[str, Any], ...] = ()
    group: str = ""
    ids: tuple[int, ...] = ()
    labels: tuple[int, ...] = ()


def column_names(records: Iterable[Record]) -> list[str]:
    """All column names, in the order of their first appearance."""
    names: dict[str, None] = {}
    for record in records:
        if isinstance(record.value, dict):
            names.update(dict.fromkeys(record.value))
    return list(names)


def together(text: str) -> str:
    """The name of a group: the same for the same text."""
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def find_roles(names: Iterable[str], roles: Mapping[str, tuple[str, ...]]) -> dict[str, str]:
    """Which column plays which role, for the roles that are found, whatever its case; no column plays two.

    The known names of a role rank. One such as ``*_trace`` stands for all that end so.
    """
    free: dict[str, list[str]] = {}
    for name in names:
        free.setdefault(name.strip().lower(), []).append(name)
    found = {}
    for role, known in roles.items():
        lower = next((lower for name in known for lower in _named(free, name)), None)
        if lower is not None:
            found[role] = free[lower].pop(0)
            if not free[lower]:
                del free[lower]
    return found


def _named(columns: Mapping[str, Any], name: str) -> list[str]:
    if name.startswith("*"):
        return [column for column in columns if column.endswith(name[1:])]
    return [name] if name in columns else []


@lru_cache(maxsize=64)
def _lower(names: tuple[str, ...]) -> dict[str, str]:
    return {name.strip().lower(): name for name in reversed(names)}


def lower_names(record: Mapping[str, Any]) -> Mapping[str, str]:
    """The columns of a record by their names in lower case. Kept, because records of one file mostly have the same ones."""
    return _lower(tuple(record))


def text_of(value: Any, what: str) -> str:
    """The text of a field, byte for byte; numbers become text.

    Raises
    ------
    DoesNotFit
        If it is missing, empty, no text at all, or cannot be stored as UTF-8.
    """
    if value is None:
        raise DoesNotFit(f"the {what} is missing")
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        if isinstance(value, float) and not math.isfinite(value):
            raise DoesNotFit(f"the {what} is not a number")
        try:
            return json.dumps(value)
        except ValueError as error:  # Python writes no number of more than 4,300 digits
            raise DoesNotFit(f"the {what} is too large a number") from error
    if not isinstance(value, str):
        kind = {list: "a list", dict: "a group of values", bool: "true or false"}.get(
            type(value), "something else"
        )
        raise DoesNotFit(f"the {what} is {kind}, not text")
    if not value.strip():
        raise DoesNotFit(f"the {what} is empty")
    if "\0" in value:
        raise DoesNotFit(f"the {what} contains a NUL character")
    try:
        value.encode()
    except UnicodeEncodeError as error:
        raise DoesNotFit(f"the {what} contains half a character (a lone surrogate)") from error
    return value


def optional_text(value: Any, what: str) -> str:
    """As :func:`text_of`, with an empty string where there is nothing."""
    # Tables of pandas that were written as JSON hold NaN where there is nothing.
    if value is None or value != value or (isinstance(value, str) and not value.strip()):
        return ""
    return text_of(value, what)


def structure_in(text: Any) -> Any:
    """The list or group that a text holds, as tables keep them in a cell: as JSON, or as Python writes it.

    Nothing is executed. None where it is no such text.
    """
    if not (isinstance(text, str) and text.strip()[:1] in ("[", "{")):
        return None
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        found = _literal(text)
    return found if isinstance(found, (list, dict)) else None


def _literal(text: str) -> Any:
    if len(text) > LONGEST_LITERAL or not _OPENS.match(text):
        return None
    # What is no list of plain values may take long to be refused.
    bare = _QUOTED.sub("0", text)
    if not _PLAIN.fullmatch(bare) or _ODD.search(bare):
        return None
    try:
        return ast.literal_eval(text.strip())
    except (ValueError, SyntaxError, TypeError, RecursionError, MemoryError):
        return None
