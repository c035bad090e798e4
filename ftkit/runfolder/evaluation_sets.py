"""Evaluations on several data sets: without one loss for all of them, their mean is the curve."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from ftkit.runfolder.figures import as_number

_LOSS = re.compile(r"eval_(.+)_loss\Z")


def add_mean_loss(rows: Iterable[dict[str, Any]], problems: list[str]) -> None:
    """Give rows with ``eval_<name>_loss`` of every name their mean as ``eval_loss``, where no row has that.

    Parameters
    ----------
    rows
        Those of one step in one row; the mean is added in place.
    """
    rows = list(rows)
    names: dict[str, str] = {}
    timed: set[str] = set()
    for row in rows:
        if "eval_loss" in row:
            return
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
