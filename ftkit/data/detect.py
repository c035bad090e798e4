"""Which family a file's records are, as a ranked list with reasons."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import ModuleType
from typing import Any, NamedTuple

from ftkit.data.families import FAMILIES, as_recognised, examples_of, kind_of
from ftkit.data.mapping import ColumnSource, Roles, check_sources, columns_of, shown
from ftkit.data.records import DoesNotFit, Record, column_names, find_roles
from ftkit.errors import DataError

SAMPLE = 1000
"""Records looked at to rank the families; all of them are converted afterwards."""
UNKNOWN = "unknown"
UNKNOWN_REASON = "ftkit knows none of the columns"
EXAMPLES = 3
"""So many numbers of rows that do not fit stand in a reason."""


class Ranked(NamedTuple):
    """One family that the records may be.

    Attributes
    ----------
    family
        Its id.
    score
        From 0 to 1.
    reason
        In words.
    mapping
        Which column, path, constant or template plays which role.
    kind
        The family's own name, where it is one of several with this id.
    """

    family: str
    score: float
    reason: str
    mapping: dict[str, ColumnSource]
    kind: str = ""

    @property
    def module(self) -> ModuleType | None:
        """The family; None where nothing was recognised."""
        return FAMILIES.get(self.kind or self.family)


def rank(records: Sequence[Record], names: Sequence[str] | None = None) -> list[Ranked]:
    """All families whose columns are there, best first and one of each id; empty where there is none.

    The score says how many of the first thousand rows fit, and, between families that fit alike, how many of the
    file's columns the family explains.

    Parameters
    ----------
    records
        The first ones, or all.
    names
        All columns, where the records at hand may not show them all.
    """
    names = column_names(records) if names is None else list(names)
    sample = [record for record in records[:SAMPLE] if isinstance(record.value, dict)]
    found = []
    for kind, module in FAMILIES.items():
        mapping = {**getattr(module, "DEFAULTS", {}), **find_roles(names, module.ROLES)}
        if not sample or not set(module.REQUIRED) <= set(mapping):
            continue
        if not any(_is_shaped(module, record.value, mapping) for record in sample):
            continue
        odd = [record.number for record in sample if not _fits(module, record.value, mapping)]
        fitting = 1 - len(odd) / len(sample)
        explained = sum(isinstance(source, str) for source in mapping.values()) / max(1, len(names))
        score = round((0.3 + 0.7 * fitting) * (0.9 + 0.1 * min(1.0, explained)), 4)
        reason = _reason(module, mapping, sample, odd)
        found.append((score, len(module.REQUIRED), Ranked(module.ID, score, reason, mapping, kind)))
    # Between equals the family that asks for more is the better guess; then the alphabet, so that it is always the same.
    found.sort(key=lambda one: (-one[0], -one[1], one[2].family, one[2].kind))
    best: dict[str, Ranked] = {}
    for _, _, ranked in found:
        best.setdefault(ranked.family, ranked)
    return list(best.values())


def choose(
    records: Sequence[Record],
    family: str,
    columns: Roles | None,
    names: Sequence[str] | None = None,
) -> tuple[Ranked, list[Ranked]]:
    """The family to go by, and the ranking.

    Parameters
    ----------
    records
        The first ones, or all.
    family
        An id or a family's own name, or ``"auto"``.
    columns
        Roles that the person gave a column, a path, a constant or a template; they rank above what was found.
    names
        All columns, where the records at hand may not show them all.

    Raises
    ------
    DataError
        If there is no such family, role or column.
    """
    ranked = rank(records, names)
    names = column_names(records) if names is None else list(names)
    columns = dict(columns or {})
    check_sources(columns, names, [r.value for r in records[:SAMPLE] if isinstance(r.value, dict)])
    module = _named(family, columns, ranked)
    if module is None:
        return (ranked[0] if ranked else Ranked(UNKNOWN, 0.0, UNKNOWN_REASON, {})), ranked
    if unknown := [role for role in columns if role not in module.ROLES]:
        raise DataError(
            f"In the format {family!r} no column is the {unknown[0]!r}.",
            f"Its parts are {', '.join(module.ROLES)}.",
        )
    # A column that the person gave a role is free for no other.
    taken = {name for source in columns.values() for name in columns_of(source)}
    free = [name for name in names if name not in taken]
    defaults: Mapping[str, ColumnSource] = getattr(module, "DEFAULTS", {})
    found = find_roles(free, {role: known for role, known in module.ROLES.items() if role not in columns})
    mapping: dict[str, ColumnSource] = {**defaults, **found, **columns}
    if lacking := [role for role in module.REQUIRED if role not in mapping]:
        known = ", ".join(map(repr, names[:20])) or "none"
        raise DataError(
            f"The format {family!r} needs a column for the {lacking[0]}, and none goes by such a name.",
            f"Say which it is; the columns are {known}.",
        )
    mapping = {role: mapping[role] for role in module.ROLES if role in mapping}
    return Ranked(module.ID, 1.0, "you said so", mapping, kind_of(module)), ranked


def _named(family: str, columns: Roles, ranked: Sequence[Ranked]) -> ModuleType | None:
    """The family that the person named, or that has the roles they named; None where they left it open."""
    if family == "auto":
        return _of_roles(columns, ranked) if columns else None
    # An id stands for whichever of its families the records look like most.
    found = next((one.module for one in ranked if one.family == family), None)
    module = found or FAMILIES.get(family)
    if module is None:
        ids = dict.fromkeys(module.ID for module in FAMILIES.values())
        raise DataError(f"There is no format called {family!r}.", f"Choose one of {', '.join(ids)}, or auto.")
    return module


def _of_roles(columns: Roles, ranked: Sequence[Ranked]) -> ModuleType:
    """The best family that has all the roles given, found or made up of them; the plain pair of columns where none has."""
    for candidate in ranked:
        module = candidate.module
        if module and set(columns) <= set(module.ROLES) and not hasattr(module, "REFUSAL"):
            return module
    possible = [
        module
        for kind, module in FAMILIES.items()
        if kind == module.ID
        and not hasattr(module, "REFUSAL")
        and set(module.REQUIRED) <= set(columns) <= set(module.ROLES)
    ]
    plain = FAMILIES["prompt-completion"]
    return plain if plain in possible or not possible else max(possible, key=lambda m: len(m.REQUIRED))


def _is_shaped(module: ModuleType, value: Mapping[str, Any], mapping: Roles) -> bool:
    return as_recognised(module, value, mapping) is not None


def _fits(module: ModuleType, value: Mapping[str, Any], mapping: Roles) -> bool:
    if not _is_shaped(module, value, mapping):
        return False
    if not hasattr(module, "examples"):
        return True
    try:
        examples_of(module, value, mapping)
    except DoesNotFit:
        return False
    return True


def _reason(module: ModuleType, mapping: Roles, sample: Sequence[Record], odd: Sequence[int]) -> str:
    """Why it may be this family, and which of the rows looked at are something else."""
    name = _own_name(module, mapping, sample)
    columns = [str(source) for source in mapping.values() if isinstance(source, str)]
    given = [
        f"the {role} is {shown(source)}" for role, source in mapping.items() if not isinstance(source, str)
    ]
    there = [f"the columns {', '.join(columns)} are there"] if len(columns) > 1 else []
    if len(columns) == 1:
        there = [f"the column {columns[0]} is there"]
    fitting = 1 - len(odd) / len(sample)
    rows = ", ".join(map(str, odd[:EXAMPLES])) + (" …" if len(odd) > EXAMPLES else "")
    exceptions = f" (not row {rows})" if 0 < len(odd) < len(sample) else ""
    said = "; ".join([*there, *given, f"{_share(fitting)} of the rows fit{exceptions}"])
    return f"{name}: {said}" if name else said


def _own_name(module: ModuleType, mapping: Roles, sample: Sequence[Record]) -> str:
    """What this way of writing is called, where its id is the name of something wider."""
    label = str(module.LABEL) if kind_of(module) != module.ID else ""
    if hasattr(module, "NAME_OF"):
        read = (as_recognised(module, record.value, mapping) for record in sample)
        shaped = next((value for value in read if value is not None), None)
        name = str(module.NAME_OF(shaped, mapping)) if shaped is not None else ""
        return f"{name}, {label}" if name and label else name or label
    return label


def _share(fitting: float) -> str:
    return "all" if fitting == 1 else "none" if fitting == 0 else f"{max(1, min(99, round(100 * fitting)))} %"
