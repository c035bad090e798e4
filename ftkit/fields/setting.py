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
    when_overfitting, when_underfitting
        What to do with it; empty where it is no remedy.
    allowed
        What validation accepts, as a phrase.
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
    when_overfitting: str
    when_underfitting: str
    allowed: str


def setting(
    default: Any = ...,
    *,
    label: str,
    help: str,
    unit: str = "",
    usual: tuple[float, float] | None = None,
    choices: Sequence[Any] = (),
    argument: str = "",
    when_overfitting: str = "",
    when_underfitting: str = "",
    hint: str = "",
    **constraints: Any,
) -> Any:
    """A pydantic field that carries its own description (see :class:`Description`).

    Parameters
    ----------
    usual
        The usual range ``(low, high)``: advice only.
    hint
        What to try when the value is rejected.
    constraints
        Passed to pydantic's ``Field`` (``gt``, ``ge``, ``le``, ``default_factory`` …).
    """
    about = {
        "label": label,
        "help": help,
        "unit": unit,
        "usual": usual,
        "choices": list(choices),
        "argument": argument,
        "when_overfitting": when_overfitting,
        "when_underfitting": when_underfitting,
        "hint": hint,
    }
    if "default_factory" not in constraints:
        constraints["default"] = default
    return Field(description=help, json_schema_extra={"ftkit": about}, **constraints)


def _about(info: FieldInfo) -> dict[str, Any]:
    extra = info.json_schema_extra
    return dict(extra["ftkit"]) if isinstance(extra, dict) and "ftkit" in extra else {}  # type: ignore[call-overload]


def _names(annotation: Any) -> list[str]:
    """The kinds of value that an annotation accepts, in words."""
    if get_origin(annotation) is Literal:
        return [repr(value) for value in get_args(annotation)]
    if get_origin(annotation) in (Union, types.UnionType):
        return [name for part in get_args(annotation) for name in _names(part)]
    if hasattr(annotation, "__metadata__"):
        return _names(annotation.__origin__)
    words = {int: "a whole number", float: "a number", str: "text", bool: "yes or no", type(None): "nothing"}
    if annotation in words:
        return [words[annotation]]
    if get_origin(annotation) in (list, tuple):
        return ["a list"]
    return ["a group of settings"]


def _limits(info: FieldInfo) -> str:
    signs = {"gt": "above", "ge": "at least", "lt": "below", "le": "at most"}
    parts = [
        f"{word} {getattr(m, sign)}"
        for m in info.metadata
        for sign, word in signs.items()
        if hasattr(m, sign)
    ]
    return " and ".join(parts)


def _allowed(info: FieldInfo) -> str:
    about = _about(info)
    names = [repr(c) for c in about["choices"]] if about.get("choices") else _names(info.annotation)
    text = " or ".join(dict.fromkeys(names))
    limits = _limits(info)
    return f"{text}, {limits}" if limits else text


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
            when_overfitting=about["when_overfitting"],
            when_underfitting=about["when_underfitting"],
            allowed=_allowed(info),
        )
    return found


def _field_at(model: type[BaseModel], location: Sequence[str | int]) -> tuple[list[str], FieldInfo | None]:
    """Follow pydantic's error location through nested models and unions to the field it means."""
    path: list[str] = []
    info: FieldInfo | None = None
    here: type[BaseModel] | None = model
    for part in location:
        if here is None:
            break
        if part in here.model_fields:
            info = here.model_fields[str(part)]
            path.append(str(part))
            nested = [a for a in (info.annotation, *get_args(info.annotation)) if isinstance(a, type)]
            here = next((a for a in nested if issubclass(a, BaseModel)), None)
            tagged = [a for a in nested if issubclass(a, BaseModel)]
            if len(tagged) > 1:
                model_by_tag = {
                    value: a
                    for a in tagged
                    for f in a.model_fields.values()
                    for value in get_args(f.annotation)
                    if get_origin(f.annotation) is Literal
                }
                rest = location[location.index(part) + 1 :]
                here = model_by_tag.get(rest[0]) if rest else None
        elif info is None or part not in here.model_fields:
            path_is_tag = any(
                get_origin(f.annotation) is Literal and part in get_args(f.annotation)
                for f in here.model_fields.values()
            )
            if not path_is_tag:
                path.append(str(part))
                return path, None
    return path, info


def problems_of(error: ValidationError, model: type[BaseModel]) -> list[Problem]:
    """One :class:`~ftkit.errors.Problem` a field for everything a validation found wrong."""
    found: dict[str, Problem] = {}
    for item in error.errors():
        names, info = _field_at(model, item["loc"])
        path = ".".join(names)
        about = _about(info) if info else {}
        if item["type"] == "extra_forbidden":
            problem = Problem(
                path, item["input"], "a setting that exists", "Remove it, or check its spelling."
            )
        elif item["type"].startswith("union_tag"):
            tags = item.get("ctx", {}).get("expected_tags", "")
            problem = Problem(f"{path}.name", item["input"], f"one of {tags}", "Choose one of these.")
        elif item["type"] == "missing":
            problem = Problem(
                path, None, _allowed(info) if info else "a value", "Add it.", about.get("label", "")
            )
        elif item["type"] == "value_error":
            problem = Problem(
                path, item["input"], str(item["ctx"]["error"]), about.get("hint", ""), about.get("label", "")
            )
        else:
            allowed = _allowed(info) if info else item["msg"]
            problem = Problem(path, item["input"], allowed, about.get("hint", ""), about.get("label", ""))
        found.setdefault(path, problem)
    return list(found.values())
