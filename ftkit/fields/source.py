"""Values and calls as Python source, laid out exactly as ``ruff format`` would (88 columns).

Everything a person or a file can choose reaches a cell through :func:`literal`, that is through
``repr``: no path, prompt or name can become code. Calls are written one argument a line with a
trailing comma, which ruff keeps, so that no layout depends on how long a value is.
"""

from __future__ import annotations

import re
import textwrap
import unicodedata
from collections.abc import Mapping
from typing import Any

WIDTH = 88
INDENT = "    "


class Source(str):
    """A piece of Python source, as opposed to a text that still has to become a literal."""

    __slots__ = ()


def _quoted(text: str) -> str:
    """``repr`` with the quotes that ruff prefers: double ones, unless they cost more escapes."""
    shown = repr(text)
    quote, body = shown[0], shown[1:-1]
    bare = body.replace("\\'", "'") if quote == "'" else body
    if text.count('"') > text.count("'"):
        return "'" + bare.replace("'", "\\'") + "'"
    return '"' + bare.replace('"', '\\"') + '"'


def _number(value: float) -> str:
    """``repr`` of a float with the shortest exponent: ``2e-5``."""
    return re.sub(r"e([+-]?)0*(\d+)$", lambda m: f"e{m[1].replace('+', '')}{m[2]}", repr(value))


def literal(value: Any) -> Source:
    """A value as one line of Python that evaluates back to it.

    Parameters
    ----------
    value
        Text, number, truth value, None, or a list or dictionary of these. A :class:`Source` is
        returned as it is.

    Raises
    ------
    TypeError
        For any other kind of value, and for numbers that have no literal (``nan``).
    """
    if isinstance(value, Source):
        return value
    if isinstance(value, str):
        return Source(_quoted(value))
    if value is None or isinstance(value, (bool, int)):
        return Source(repr(value))
    if isinstance(value, float) and abs(value) < float("inf"):
        return Source(_number(value))
    if isinstance(value, (list, tuple)):
        return Source("[" + ", ".join(literal(item) for item in value) + "]")
    if isinstance(value, Mapping):
        return Source("{" + ", ".join(f"{literal(k)}: {literal(v)}" for k, v in value.items()) + "}")
    raise TypeError(f"{value!r} has no literal that a cell could hold.")


def width(text: str) -> int:
    """Columns that a text takes in a fixed-width font."""
    if text.isascii():
        return len(text)
    wide = sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)
    return wide - sum(1 for c in text if unicodedata.category(c) in ("Mn", "Me", "Cf"))


def one_line(text: object) -> str:
    """A text as it may stand in a comment: printable, on one line."""
    return " ".join("".join(c if c.isprintable() else " " for c in str(text)).split())


def comment(text: object, indent: int = 0) -> Source:
    """A comment on lines of its own, wrapped."""
    lead = " " * indent + "# "
    lines = textwrap.wrap(one_line(text), WIDTH - len(lead), break_long_words=False, break_on_hyphens=False)
    return Source("\n".join(lead + line for line in lines))


def _container(value: Any, indent: int, before: int, after: int) -> Source:
    """A list or dictionary: on one line where it fits, else one item a line."""
    flat = literal(value)
    if before + width(flat) + after <= WIDTH or not value:
        return flat
    pad = " " * (indent + len(INDENT))
    lines = []
    if isinstance(value, Mapping):
        for key, item in value.items():
            name = f"{literal(key)}: "
            lines.append(f"{pad}{name}{layout(item, len(pad), len(pad) + width(name), 1)},")
    else:
        lines += [f"{pad}{layout(item, len(pad), len(pad), 1)}," for item in value]
    opening, closing = ("{", "}") if isinstance(value, Mapping) else ("[", "]")
    return Source("\n".join([opening, *lines, " " * indent + closing]))


def layout(value: Any, indent: int, before: int, after: int = 0) -> Source:
    """A value behind `before` columns of a line that is indented by `indent`; `after` columns follow it."""
    if isinstance(value, (list, tuple, Mapping)):
        return _container(value, indent, before, after)
    return literal(value)


def call(
    name: str,
    arguments: Mapping[str, Any],
    reasons: Mapping[str, object] | None = None,
    *,
    before: str | None = None,
) -> Source:
    """A call with one argument a line.

    Parameters
    ----------
    name
        What is called, such as ``LoraConfig``.
    arguments
        By keyword; a key of digits stands for a positional argument.
    reasons
        A comment for some of the arguments: behind the value where it fits, else above it.
    before
        What stands before the call on its line: then it goes on that one line where it fits and
        nothing needs a comment.
    """
    if before is not None and not set(reasons or ()) & set(arguments):
        flat = ", ".join(f"{'' if key.isdigit() else key + '='}{literal(v)}" for key, v in arguments.items())
        if width(f"{before}{name}({flat})") <= WIDTH:
            return Source(f"{name}({flat})")
    lines = [f"{name}("]
    for key, value in arguments.items():
        keyword = "" if key.isdigit() else f"{key}="
        text = f"{INDENT}{keyword}{layout(value, len(INDENT), len(INDENT) + len(keyword), 1)},"
        reason = one_line((reasons or {}).get(key, ""))
        if reason and "\n" not in text and width(text) + 4 + width(reason) <= WIDTH:
            text += f"  # {reason}"
        elif reason:
            lines.append(comment(reason, len(INDENT)))
        lines.append(text)
    return Source("\n".join([*lines, ")"]))


def assign(name: str, value: Any) -> Source:
    """An assignment of a literal, in parentheses where only they make it fit."""
    flat = literal(value)
    if isinstance(value, (list, tuple, Mapping)):
        return Source(f"{name} = {_container(value, 0, len(name) + 3, 0)}")
    if len(name) + 3 + width(flat) > WIDTH >= len(INDENT) + width(flat):
        return Source(f"{name} = (\n{INDENT}{flat}\n)")
    return Source(f"{name} = {flat}")
