"""One description per setting, read by form, tooltip, cell comment, docs, CLI and error message.

A setting is a pydantic field made with :func:`setting`. Its range is advice; only the constraints
that pydantic checks (``gt``, ``ge``, ``lt``, ``le``) reject a value.
"""

from __future__ import annotations

import types
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple, Union, get_args, get_origin

from pydantic import BaseModel, Field, ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import PydanticCustomError

from ftkit.errors import Problem

Auto = Literal["auto"]
AUTO: Auto = "auto"


class Choice(NamedTuple):
    """A value chosen automatically and the reason, shown to the person and written into the cell."""

    value: Any
    reason: str


@dataclass(frozen=True)
class Description:
    """What the person is told about one setting.

    Attributes
    ----------
    path
        Dotted path in the recipe.
    label, help
        The name in the form and one plain sentence below it.
    unit
        Such as ``steps`` or ``tokens``; empty for a bare number.
    default
        The default, ``"auto"`` where ftkit chooses.
    low, high
        The usual range: advice, not a limit.
    choices
        The values to choose from, empty where any value of the type will do.
    argument
        The TRL, PEFT or Transformers argument it becomes, as ``SFTConfig.learning_rate``.
    variable
        The name that its cell gives it, where it becomes a variable there and no argument.
    when_overfitting, when_underfitting
        What to do with it; empty where it is no remedy.
    allowed
        What validation accepts, as a phrase.
    too_low, too_high
        What happens at the extremes, as phrases: far below the usual range and far above it.
    """

    path: str
    label: str
    help: str
    unit: str
    default: Any
    low: float | None
    high: float | None
    choices: tuple[Any, ...]
    argument: str
    variable: str
    when_overfitting: str
    when_underfitting: str
    allowed: str
    too_low: str = ""
    too_high: str = ""


def setting(
    default: Any = ...,
    *,
    label: str,
    help: str,
    unit: str = "",
    usual: tuple[float, float] | None = None,
    choices: Sequence[Any] = (),
    argument: str = "",
    variable: str = "",
    when_overfitting: str = "",
    when_underfitting: str = "",
    too_low: str = "",
    too_high: str = "",
    hint: str = "",
    **constraints: Any,
) -> Any:
    """A pydantic field that carries its own description (see :class:`Description`).

    Parameters
    ----------
    usual
        The usual range ``(low, high)``: advice only.
    too_low, too_high
        What happens at the extremes, as phrases.
    hint
        What to try when the value is rejected.
    constraints
        Passed to pydantic's ``Field`` (``gt``, ``ge``, ``le``, ``default_factory`` …).
    """
    about: Any = {
        "label": label,
        "help": help,
        "unit": unit,
        "usual": usual,
        "choices": list(choices),
        "argument": argument,
        "variable": variable,
        "when_overfitting": when_overfitting,
        "when_underfitting": when_underfitting,
        "too_low": too_low,
        "too_high": too_high,
        "hint": hint,
    }
    if "default_factory" not in constraints:
        constraints["default"] = default
    return Field(description=help, json_schema_extra={"ftkit": about}, **constraints)


def _about(info: FieldInfo) -> dict[str, Any]:
    extra: Any = info.json_schema_extra
    return dict(extra["ftkit"]) if isinstance(extra, dict) and "ftkit" in extra else {}


def _names(annotation: Any) -> list[str]:
    """The kinds of value that an annotation accepts, in words."""
    kind = get_origin(annotation)
    if kind is Literal:
        return [repr(value) for value in get_args(annotation)]
    if kind in (Union, types.UnionType):
        return [name for part in get_args(annotation) for name in _names(part)]
    if hasattr(annotation, "__metadata__"):
        constraints = [m for info in annotation.__metadata__ for m in getattr(info, "metadata", [])]
        limits = _limits(constraints)
        return [f"{name} {limits}".strip() for name in _names(annotation.__origin__)]
    words = {int: "a whole number", float: "a number", str: "text", bool: "yes or no", type(None): "nothing"}
    if annotation in words:
        return [words[annotation]]
    if kind in (list, tuple):
        items = [name for part in get_args(annotation) for name in _names(part)]
        return [f"a list of {', '.join(items)}"]
    return ["names and values" if kind is dict else "a group of settings"]


def _limits(constraints: Sequence[Any]) -> str:
    signs = {"gt": "above", "ge": "at least", "lt": "below", "le": "at most"}
    values = [
        (word, getattr(one, sign))
        for sign, word in signs.items()
        for one in constraints
        if hasattr(one, sign)
    ]
    parts = [f"{word} {value:g}" if isinstance(value, float) else f"{word} {value}" for word, value in values]
    parts += ["(not empty)" for one in constraints if getattr(one, "min_length", 0)]
    return " and ".join(parts)


def _allowed(info: FieldInfo) -> str:
    about = _about(info)
    names = [repr(c) for c in about["choices"]] if about.get("choices") else _names(info.annotation)
    return f"{' or '.join(dict.fromkeys(names))} {_limits(info.metadata)}".strip()


def no_truth_value(value: Any) -> Any:
    """Refuse yes and no where a number or a text is meant: pydantic would take them for 1 and 0."""
    if isinstance(value, bool):
        raise PydanticCustomError("truth_value", "yes and no are no numbers")
    return value


def describe(model: type[BaseModel], prefix: str = "") -> dict[str, Description]:
    """The descriptions of a model's own settings, keyed by dotted path, in the order of the form."""
    found: dict[str, Description] = {}
    for name, info in model.model_fields.items():
        about = _about(info)
        if not about:
            continue
        path = f"{prefix}.{name}" if prefix else name
        low, high = about["usual"] or (None, None)
        found[path] = Description(
            path=path,
            label=about["label"],
            help=about["help"],
            unit=about["unit"],
            default=info.get_default(call_default_factory=True, validated_data={}),
            low=low,
            high=high,
            choices=tuple(about["choices"]),
            argument=about["argument"],
            variable=about["variable"],
            when_overfitting=about["when_overfitting"],
            when_underfitting=about["when_underfitting"],
            allowed=_allowed(info),
            too_low=about["too_low"],
            too_high=about["too_high"],
        )
    return found


def _groups(annotation: Any) -> list[type[BaseModel]]:
    """The groups of settings that an annotation allows."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [group for part in get_args(annotation) for group in _groups(part)]


def _tag(group: type[BaseModel]) -> str:
    """The name by which one of several groups is chosen."""
    return str(get_args(group.model_fields["name"].annotation)[0]) if "name" in group.model_fields else ""


def _field_at(model: type[BaseModel], location: Sequence[str | int]) -> tuple[list[str], FieldInfo | None]:
    """Follow pydantic's error location to the field it means; no field where the name is unknown.

    Besides names of fields a location holds the tag of the group that was chosen, and, inside a
    field, which branch of a union or item of a list is meant: these are no part of the path.
    """
    path: list[str] = []
    info: FieldInfo | None = None
    groups = [model]
    for part in location:
        if not groups:
            break
        chosen = [group for group in groups if _tag(group) == part]
        if len(groups) > 1 and chosen:
            groups = chosen
            continue
        path.append(str(part))
        info = next((g.model_fields[str(part)] for g in groups if part in g.model_fields), None)
        if info is None:
            break
        groups = _groups(info.annotation)
    return path, info


def problems_of(error: ValidationError, model: type[BaseModel]) -> list[Problem]:
    """One :class:`~ftkit.errors.Problem` a field for everything a validation found wrong."""
    found: dict[str, Problem] = {}
    for item in error.errors():
        names, info = _field_at(model, item["loc"])
        path = ".".join(names)
        about = _about(info) if info else {}
        label, hint, given = about.get("label", ""), about.get("hint", ""), item["input"]
        allowed = _allowed(info) if info else "a setting that exists"
        if not path:
            path, allowed, hint = "recipe", "a group of settings", "Start from a recipe.yaml in ftkit-runs."
        elif item["type"] == "extra_forbidden":
            hint = "Remove it, or check its spelling."
        elif item["type"].startswith("union_tag"):
            path, given = f"{path}.name", item.get("ctx", {}).get("tag")
            allowed = " or ".join(repr(_tag(group)) for group in _groups(info.annotation)) if info else ""
            hint = "Choose one of these."
        elif item["type"] == "missing":
            given, hint = None, "Add it."
        elif item["type"] == "value_error":
            allowed = str(item["ctx"]["error"])
        found.setdefault(path, Problem(path, given, allowed, hint, label))
    return list(found.values())
