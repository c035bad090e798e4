"""Which part of a record plays which role: a column, a field inside one, a constant, or a template.

A template is text with ``{column}`` placeholders. They are replaced by what the record holds and by nothing else:
nothing is executed, no attribute is reached, and what is inserted is never looked at again.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any

from ftkit.data.records import DoesNotFit, text_of
from ftkit.errors import DataError

ColumnSource = str | Mapping[str, str]
"""A column's name, a path into its fields such as ``answers.text.0``, ``{"constant": …}`` or ``{"template": …}``."""
Roles = Mapping[str, ColumnSource]
DEEPEST = 20
"""Fields inside fields that a path may go through."""
_PIECE = re.compile(r"\{\{|\}\}|\{([^{}]*)\}|[{}]")


def field(record: Mapping[str, Any], mapping: Roles, role: str) -> Any:
    """What a record says in a role; None where no column plays it, or the record has nothing there.

    Raises
    ------
    DoesNotFit
        If a template needs a column that this record leaves empty.
    """
    source = mapping.get(role)
    if source is None:
        return None
    if isinstance(source, str):
        return record[source] if source in record else at_path(record, source)
    if "constant" in source:
        return source["constant"]
    return _filled(source["template"], record)


def at_path(value: Any, path: str) -> Any:
    """The value at a dotted path: keys of groups, places in lists from 0. A column of exactly that name comes first."""
    for _ in range(DEEPEST):
        if isinstance(value, dict):
            if path in value:
                return value[path]
            heads = [path[:place] for place, mark in enumerate(path) if mark == "."]
            head = next((head for head in reversed(heads) if head in value), None)
            if head is None:
                return None
            value, path = value[head], path[len(head) + 1 :]
        elif isinstance(value, list):
            place, _, path = path.partition(".")
            if not (place.isascii() and place.isdigit() and len(place) < 7 and int(place) < len(value)):
                return None
            value = value[int(place)]
            if not path:
                return value
        else:
            return None
    return None


def placeholders(template: str) -> list[str]:
    """The columns that a template names.

    Raises
    ------
    DataError
        If a brace stands alone, or a placeholder is empty.
    """
    return [path for _, path in _pieces(template) if path]


def columns_of(source: ColumnSource) -> list[str]:
    """The columns or paths that a source reads; none for a constant.

    Raises
    ------
    DataError
        If it is a template that cannot be read, or nothing that ftkit knows.
    """
    if isinstance(source, str):
        return [source]
    if (
        not isinstance(source, Mapping)
        or len(source) != 1
        or not all(isinstance(v, str) for v in source.values())
    ):
        raise DataError(f"{str(source)[:80]!r} says not where a text comes from.", _KINDS)
    ((kind, text),) = source.items()
    if kind == "template":
        return placeholders(text)
    if kind != "constant":
        raise DataError(f"{str(kind)[:80]!r} is not a way to say where a text comes from.", _KINDS)
    return []


def check_sources(columns: Roles, names: Sequence[str], values: Iterable[Mapping[str, Any]]) -> None:
    """See that every column and every field that is named exists.

    Parameters
    ----------
    columns
        What the person said, by role.
    names
        All columns of the data.
    values
        Records to look for nested fields in.

    Raises
    ------
    DataError
        If one is in none of them.
    """
    wanted = [path for source in columns.values() for path in columns_of(source)]
    nested = [path for path in wanted if path not in names]
    if not nested:
        return
    values = list(values)
    for path in nested:
        if not any(_reaches(value, path) for value in values):
            known = ", ".join(map(repr, names[:20])) or "none"
            raise DataError(f"The data has no column {path!r}.", f"Its columns are {known}.")


def nested_names(values: Iterable[Mapping[str, Any]], most: int = 100) -> list[str]:
    """The paths of texts and lists that stand inside other columns, for a person to choose from."""
    found: dict[str, None] = {}

    def look(value: Any, path: str, depth: int) -> None:
        if len(found) >= most:
            return
        if isinstance(value, dict) and depth < 3:
            for key, inner in value.items():
                look(inner, f"{path}.{key}" if path else str(key), depth + 1)
        elif depth > 1:
            found[path] = None

    for value in values:
        look(value, "", 0)
    return list(found)


def shown(source: ColumnSource) -> str:
    """A source in words, for a reason or a table."""
    if isinstance(source, str):
        return source
    ((kind, text),) = source.items()
    return f"the text {text!r}" if kind == "constant" else f"the template {text!r}"


_KINDS = 'Give a column, or {"constant": "a text"}, or {"template": "a text with a {column}"}.'


def _reaches(value: Any, path: str) -> bool:
    return at_path(value, path) is not None


@lru_cache(maxsize=64)
def _pieces(template: str) -> tuple[tuple[str, str], ...]:
    """The template as pairs of text and the placeholder behind it."""
    pieces, text, end = [], "", 0
    for match in _PIECE.finditer(template):
        text += template[end : match.start()]
        end = match.end()
        if match.group() in ("{{", "}}"):
            text += match.group()[0]
        elif match.group(1) is None or not match.group(1).strip():
            what = "an empty placeholder" if match.group(1) is not None else f"a lone {match.group()!r}"
            raise DataError(
                f"The template {template[:80]!r} has {what}.",
                "Write {column} for what stands in a column, and {{ or }} for a brace.",
            )
        else:
            pieces.append((text, match.group(1).strip()))
            text = ""
    return (*pieces, (text + template[end:], ""))


def _filled(template: str, record: Mapping[str, Any]) -> str:
    parts = []
    for text, path in _pieces(template):
        parts.append(text)
        if path:
            value = at_path(record, path)
            parts.append("" if value == "" else text_of(value, f"{path} of the template"))
    filled = "".join(parts)
    if not filled.strip():
        raise DoesNotFit("the template gives no text")
    return filled
