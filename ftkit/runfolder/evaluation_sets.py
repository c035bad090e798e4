"""Evaluations on several data sets: without one loss for all of them, their mean is the curve."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from ftkit.runfolder.figures import as_number

# With so many evaluations a diagnosis can be made.
_MANY = 4
_LOSS = re.compile(r"eval_(.+)_loss\Z")


def add_mean_loss(rows: Iterable[dict[str, Any]], problems: list[str]) -> None:
    """Give rows with ``eval_<name>_loss`` of every name their mean as ``eval_loss``, where no row has that, or a single one of many.

    Parameters
    ----------
    rows
        Those of one step in one row; the mean is added in place.
    """
    rows = list(rows)
    names: dict[str, str] = {}
    timed: set[str] = set()
    plain = [row for row in rows if "eval_loss" in row]
    if len(plain) > 1 or (plain and not _one_among_many(rows)):
        return
    for row in plain:
        problems.append(
            f"the eval_loss of step {row['step']} is the only one and was left out: the other evaluations are of several data sets"
        )
        del row["eval_loss"]
    for row in rows:
        for key in row:
            found = _LOSS.match(key) if isinstance(key, str) else None
            if found and as_number(row[key]) is not None:
                names[found[1]] = key
                if f"eval_{found[1]}_runtime" in row:
                    timed.add(found[1])
    # One evaluation can log several losses (eval_en_nll_loss beside eval_en_loss), but takes its time once.
    keys = [key for name, key in names.items() if name in timed or not timed]
    if not keys:
        return
    some = complete = 0
    for row in rows:
        values = [value for key in keys if (value := as_number(row.get(key))) is not None]
        some += bool(values)
        if len(values) == len(keys):
            complete += 1
            row["eval_loss"] = sum(values) / len(values)
    if len(keys) == 1:
        problems.append(f"there is no eval_loss: {keys[0]} was read in its place")
        return
    where = "" if some == complete else f", at the {complete} of {some} evaluations that have them all"
    problems.append(
        f"there is no eval_loss: the mean of {', '.join(sorted(keys))} was read in its place{where}"
    )


def _one_among_many(rows: Iterable[Mapping[str, Any]]) -> bool:
    """Whether there are so many evaluations with losses of their own names that a single plain one is no curve beside them."""
    return sum(any(isinstance(key, str) and _LOSS.match(key) for key in row) for row in rows) >= _MANY
