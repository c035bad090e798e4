"""Numbers as files and people write them, read forgivingly; what is none is told in a few words."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ftkit.errors import RunError
from ftkit.runfolder import files

LAST_STEP = 10**12


def as_number(value: Any) -> float | None:
    """A float (NaN and infinities included, also as text), or None for anything else."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    if isinstance(value, str) and value not in files.NOT_FINITE.values():
        return None
    try:
        return float(value)
    except OverflowError:
        return math.inf


def as_step(value: Any) -> int | None:
    """A whole number that can be a step, or None for anything else."""
    number = as_number(value)
    if number is None or not 0 <= number <= LAST_STEP or number != int(number):
        return None
    return int(number)


def pairs(value: Any, name: str) -> list[tuple[int, float]]:
    """A series as pairs of step and value.

    Raises
    ------
    RunError
        Where it is none.
    """
    first = 0 if "eval" in name else 1
    if isinstance(value, Mapping):
        items: list[Any] = list(value.items())
    elif isinstance(value, Iterable) and not isinstance(value, str | bytes):
        listed = list(value)
        paired = all(isinstance(item, Sequence) and not isinstance(item, str) for item in listed)
        items = listed if paired else list(enumerate(listed, first))
    else:
        raise RunError(f"The series {name!r} is no list.", "Give a list of losses or of (step, loss) pairs.")
    found = []
    for item in items:
        step, loss = (as_step(item[0]), as_number(item[1])) if len(item) == 2 else (None, None)
        if step is None or loss is None:
            raise RunError(
                f"The series {name!r} holds {shortened(item)}, which is no step and loss.",
                "Steps are whole numbers from 0, losses are numbers.",
            )
        found.append((step, loss))
    return found


def shortened(value: Any) -> str:
    """A value as it is shown in a sentence about it."""
    try:
        text = json.dumps(value, ensure_ascii=False)
    except (TypeError, ValueError, RecursionError):
        text = repr(value)
    return text if len(text) <= 60 else f"{text[:59]}…"
