"""Numbers as files and people write them, read forgivingly; what is none is told in a few words."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from typing import Any

from ftkit.runfolder import files

LAST_STEP = 10**12
_NUMERIC = re.compile(r"\s*[+-]?(\d{1,400}\.?\d{0,400}|\.\d{1,400})([eE][+-]?\d{1,9})?\s*\Z", re.ASCII)
_NOT_FINITE = frozenset(files.NOT_FINITE.values())


def as_number(value: Any) -> float | None:
    """A float, or None where the value is none.

    NaN, infinities, numbers written as text, and single numbers of numpy, torch and the like are taken, too.
    """
    if type(value) is float:
        return value
    value = unwrapped(value)
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    if isinstance(value, str) and value not in _NOT_FINITE and not _NUMERIC.match(value):
        return None
    try:
        return float(value)
    except OverflowError:
        return math.inf


def as_step(value: Any) -> int | None:
    """A whole number that can be a step, or None for anything else."""
    if type(value) is int:  # nearly all are, and a long log holds millions
        return value if 0 <= value <= LAST_STEP else None
    number = as_number(value)
    if number is None or not 0 <= number <= LAST_STEP or number != int(number):
        return None
    return int(number)


def unwrapped(value: Any) -> Any:
    """Python's own number in place of a single one of numpy, torch and the like; anything else as it is.

    They are known by what they can do: none of these packages is loaded for it.
    """
    if type(value) in (float, int, str, bool):
        return value
    if isinstance(value, list | tuple | Mapping) or getattr(value, "ndim", None) != 0:
        return value
    try:
        return value.tolist()  # numpy's masked gives None here, and 0 for item()
    except (AttributeError, TypeError, ValueError, RuntimeError):
        return value


def plain_row(row: Mapping[Any, Any]) -> dict[str, Any]:
    """A row of a log with names as text and numbers as Python's own, so that all who read it find them."""
    return {_printable(str(name)): _plain(value) for name, value in row.items()}


def _printable(name: str) -> str:
    """A name that does nothing to a terminal."""
    return name if name.isprintable() else "".join(letter if letter.isprintable() else "?" for letter in name)


def _plain(value: Any) -> Any:
    value = unwrapped(value)
    number = as_number(value) if isinstance(value, str) else None
    return value if number is None else number


def shortened(value: Any) -> str:
    """A value as it is shown in a sentence about it."""
    try:
        text = json.dumps(value, ensure_ascii=False)
    except (TypeError, ValueError, RecursionError):
        text = repr(value)
    text = " ".join(text.split())
    return text if len(text) <= 60 else f"{text[:59]}…"
