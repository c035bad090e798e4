"""The cells of several data sets: which sources and weights stand in them, by the data sets' names."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from typing import Any

from ftkit.cells.data_cell import DEFAULTS, SHARED
from ftkit.cells.syntax import OTHERS, Expression, Syntax, is_call, keyword, unpacks
from ftkit.errors import CellError

ALSO, WEIGHTS = "task.also", "task.weights"
PREPARE = "prepare_data"
OWN = {"source", "task", "out", *SHARED.values()}
"""What a cell of ours says about another data set."""


def other_nodes(syntax: Syntax) -> dict[str, ast.Call] | None:
    """The calls that load the other data sets, by name; None where there are none, or not as ftkit writes them."""
    node = syntax.assigned(OTHERS)
    if not isinstance(node, ast.Dict):
        return None
    found: dict[str, ast.Call] = {}
    for key, value in zip(node.keys, node.values, strict=True):
        name = syntax.value(key) if key is not None else None
        if not isinstance(name, str) or name in found or not isinstance(value, ast.Call):
            return None
        if not is_call(value, PREPARE) or unpacks(value) or {one.arg for one in value.keywords} - OWN:
            return None
        task, source = keyword(value, "task"), source_node(value)
        if source is None or not isinstance(syntax.value(source), str):
            return None
        if task is not None and syntax.value(task) != "sft":
            return None
        found[name] = value
    return found


def source_node(call: ast.Call) -> ast.expr | None:
    """Where ``prepare_data("…")`` names its file."""
    return keyword(call, "source") or (call.args[0] if call.args else None)


def read_others(syntax: Syntax, first: Mapping[str, Any]) -> dict[str, Any]:
    """What a data cell says about the other data sets, and about what they share with the first one.

    Parameters
    ----------
    first
        What it says about the first, by dotted path.
    """
    node, calls = syntax.assigned(OTHERS), other_nodes(syntax)
    if calls is None:
        return {} if node is None else {ALSO: Expression(syntax.text(node))}
    sources = {name: source_node(call) for name, call in calls.items()}
    found: dict[str, Any] = {ALSO: {name: syntax.value(at) for name, at in sources.items() if at is not None}}
    for path, argument in SHARED.items():
        values = [first[path]] if path in first else []
        for call in calls.values():
            said = keyword(call, argument)
            values.append(DEFAULTS[argument] if said is None else syntax.value(said))
        differing = [value for number, value in enumerate(values) if value not in values[:number]]
        found[path] = differing[0] if len(differing) == 1 else Expression(" / ".join(map(_shown, differing)))
    return found


def _shown(value: Any) -> str:
    return value.text if isinstance(value, Expression) else repr(value)


def weights_node(syntax: Syntax) -> ast.expr | None:
    """Where a train cell says how often each task is drawn; None in the cell of one task."""
    return None if syntax.assigned("tasks") is None else syntax.assigned("weights")


def read_weights(syntax: Syntax) -> dict[str, Any]:
    """What a train cell says about how often each task is drawn."""
    node = weights_node(syntax)
    if node is None:
        return {}
    value = syntax.value(node)
    plain = isinstance(value, dict) and all(
        isinstance(name, str) and isinstance(weight, int | float) and not isinstance(weight, bool)
        for name, weight in value.items()
    )
    return {WEIGHTS: value if plain else Expression(syntax.text(node))}


def check_names(now: Mapping[str, Any], wanted: Mapping[str, Any], by_hand: str) -> None:
    """Refuse to write the data sets of a form into a cell that is about others.

    Raises
    ------
    CellError
        Where the names differ: which is which would be a guess, and the other cells go by them.
    """
    if set(now) != set(wanted):
        raise CellError(
            f"The cell is about other tasks ({', '.join(now)}) than the form ({', '.join(wanted)}).", by_hand
        )
