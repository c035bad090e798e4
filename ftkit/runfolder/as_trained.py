"""A run's recipe with what its training really had: the cell that trained may have said something else."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_AUTO, _NO_LIMIT = "auto", -1


def as_trained(tree: Mapping[str, Any], actual: Mapping[str, Any]) -> dict[str, Any]:
    """The recipe as plain data, with its ``auto`` values as the trainer got them and all else as the cell had it.

    Parameters
    ----------
    tree
        The recipe as plain data.
    actual
        What ``actual.json`` holds; anything of it may be missing.
    """
    found = dict(tree)
    for branch, name in (("training", "arguments"), ("method", "peft_config")):
        chosen, real = found.get(branch), actual.get(name)
        if isinstance(chosen, Mapping):
            known = real if isinstance(real, Mapping) else {}
            found[branch] = {
                key: known.get(key, value) if value == _AUTO else value for key, value in chosen.items()
            }
    noted = actual.get("differences")
    for one in noted if isinstance(noted, list) else ():
        path, value = (one.get("field"), one.get("actual")) if isinstance(one, Mapping) else (None, None)
        branch, _, key = str(path).partition(".")
        if value is None or not isinstance(found.get(branch), dict) or key not in found[branch]:
            continue
        found[branch][key] = None if (key, value) == ("max_steps", _NO_LIMIT) else value
    return found
