"""What stands in a form's field, as a value of the recipe, and back."""

from __future__ import annotations

import re
from typing import Any

from ftkit.errors import Problem
from ftkit.fields import AUTO, Description
from ftkit.fields.source import literal

_WITH_A_COMMA = re.compile(r"[+-]?\d*,\d+(e[+-]?\d+)?", re.IGNORECASE)


def is_number(about: Description) -> bool:
    """Whether the setting takes a number, perhaps besides ``"auto"``."""
    return "number" in about.allowed


def parse(text: str, about: Description) -> Any:
    """The value that a text stands for.

    An empty field means the default. What cannot be read stays text: the recipe's validation says
    what is wrong with it, in the same words as everywhere else.
    """
    text = text.strip()
    if not text:
        return about.default
    if text.lower() == AUTO and AUTO in about.allowed:
        return AUTO
    if about.allowed.startswith("a list of"):
        return [part.strip() for part in text.split(",") if part.strip()]
    if not is_number(about):
        return text
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            continue
    return text


def show(value: Any) -> str:
    """A value as the person would type it: numbers as they stand in the cell."""
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, list):
        return ", ".join(str(item) for item in value)
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(literal(value))


def usual_range(about: Description) -> str:
    """The usual range as a phrase, empty where there is none."""
    if about.low is None or about.high is None:
        return ""
    unit = f" {about.unit}" if about.unit and "," not in about.unit else ""
    return f"usual: {from_to(float(about.low), float(about.high))}{unit}"


def from_to(low: float, high: float) -> str:
    """Two numbers as they are read best."""
    small = any(0 < abs(end) < 1e-3 for end in (low, high))
    return " to ".join(_with_exponent(end) if small else show(end) for end in (low, high))


def _with_exponent(number: float) -> str:
    """Such as ``1e-5``."""
    digits, _, power = f"{number:e}".partition("e")
    return f"{float(digits):g}e{int(power)}"


def explain(problem: Problem) -> str:
    """A problem as it stands beside its field, where the field's name need not be repeated."""
    given = repr(problem.value)
    if len(given) > 60:
        given = given[:57] + "…"
    return f"{given} will not do; allowed is {problem.allowed}. {_comma(problem)}{problem.hint}".strip()


def _comma(problem: Problem) -> str:
    """What to write for a number that was typed as half of the world writes it: taken as it is, 1,000 could be one or a thousand."""
    given = problem.value
    if "number" not in problem.allowed or not isinstance(given, str) or not _WITH_A_COMMA.fullmatch(given):
        return ""
    return f"Write a point, not a comma: {given.replace(',', '.')}. "
