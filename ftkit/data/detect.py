"""Which family a file's records are, as a ranked list with reasons."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import ModuleType
from typing import NamedTuple

from ftkit.data.families import FAMILIES, examples_of
from ftkit.data.records import DoesNotFit, Record, column_names, find_roles
from ftkit.errors import DataError

SAMPLE = 1000
"""Records looked at to rank the families; all of them are converted afterwards."""
UNKNOWN = "unknown"
UNKNOWN_REASON = "the columns are none that ftkit knows: say which is the prompt and which the answer"


class Ranked(NamedTuple):
    """One family that the records may be; `score` from 0 to 1."""

    family: str
    score: float
    reason: str
    mapping: dict[str, str]


def rank(records: Sequence[Record]) -> list[Ranked]:
    """All families whose columns are there, best first; empty where there is none.

    The score says how many of the first thousand rows fit, and, between families that fit alike, how many of the
    file's columns the family explains.
    """
    names = column_names(records)
    sample = [record.value for record in records[:SAMPLE] if isinstance(record.value, dict)]
    found = []
    for family, module in FAMILIES.items():
        mapping = find_roles(names, module.ROLES)
        if not sample or not set(module.REQUIRED) <= set(mapping):
            continue
        if not any(_is_shaped(module, value, mapping) for value in sample):
            continue
        fitting = sum(_fits(module, value, mapping) for value in sample) / len(sample)
        score = round((0.3 + 0.7 * fitting) * (0.9 + 0.1 * len(mapping) / len(names)), 4)
        columns = ", ".join(mapping.values())
        found.append(
            Ranked(
                family, score, f"the columns {columns} are there; {_share(fitting)} of the rows fit", mapping
            )
        )
    return sorted(found, key=lambda ranked: (-ranked.score, ranked.family))


def choose(
    records: Sequence[Record], family: str, columns: Mapping[str, str] | None
) -> tuple[Ranked, list[Ranked]]:
    """The family to go by, and the ranking.

    Parameters
    ----------
    family
        An id, or ``"auto"``.
    columns
        Roles that the person gave a column; they rank above what was found.

    Raises
    ------
    DataError
        If there is no such family, role or column.
    """
    ranked = rank(records)
    names = column_names(records)
    columns = dict(columns or {})
    if missing := [column for column in columns.values() if column not in names]:
        known = ", ".join(map(repr, names[:20])) or "none"
        raise DataError(f"The data has no column {missing[0]!r}.", f"Its columns are {known}.")
    if family == "auto" and columns:
        family = _family_of_roles(columns, ranked)
    if family == "auto":
        return (ranked[0] if ranked else Ranked(UNKNOWN, 0.0, UNKNOWN_REASON, {})), ranked
    if family not in FAMILIES:
        raise DataError(
            f"There is no format called {family!r}.", f"Choose one of {', '.join(FAMILIES)}, or auto."
        )
    module = FAMILIES[family]
    if unknown := [role for role in columns if role not in module.ROLES]:
        raise DataError(
            f"In the format {family!r} no column is the {unknown[0]!r}.",
            f"Its parts are {', '.join(module.ROLES)}.",
        )
    # A column that the person gave a role is free for no other.
    free = [name for name in names if name not in columns.values()]
    mapping = {**find_roles(free, {r: n for r, n in module.ROLES.items() if r not in columns}), **columns}
    if lacking := [role for role in module.REQUIRED if role not in mapping]:
        known = ", ".join(map(repr, names[:20])) or "none"
        raise DataError(
            f"The format {family!r} needs a column for the {lacking[0]}, and none goes by such a name.",
            f"Say which it is; the columns are {known}.",
        )
    return Ranked(
        family, 1.0, "you said so", {role: mapping[role] for role in module.ROLES if role in mapping}
    ), ranked


def _family_of_roles(columns: Mapping[str, str], ranked: Sequence[Ranked]) -> str:
    """The best family that has all the roles given; the plain pair of columns where none was recognised."""
    for candidate in ranked:
        module = FAMILIES[candidate.family]
        if set(columns) <= set(module.ROLES) and not hasattr(module, "REFUSAL"):
            return candidate.family
    return "chat-messages" if "messages" in columns else "prompt-completion"


def _is_shaped(module: ModuleType, value: dict[str, object], mapping: Mapping[str, str]) -> bool:
    return not hasattr(module, "recognises") or bool(module.recognises(value, mapping))


def _fits(module: ModuleType, value: dict[str, object], mapping: Mapping[str, str]) -> bool:
    if not hasattr(module, "examples"):
        return _is_shaped(module, value, mapping)
    try:
        examples_of(module, value, mapping)
    except DoesNotFit:
        return False
    return True


def _share(fitting: float) -> str:
    return "all" if fitting == 1 else "none" if fitting == 0 else f"{max(1, min(99, round(100 * fitting)))} %"
