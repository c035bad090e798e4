"""What was true of a run, by the loss on a large test part that the detector never sees. The rule, and the hashes.

With *t* the test loss at each evaluation from the untouched base (step 0) on, *m* its minimum, *e* its last value, and *o*
the lowest test loss of any run of the same cell (same model, data set, technique and training rows; a sweep over rates,
schedules and epochs):

``not-enough-evidence``  known from the plan: held-out rows are trained on, fewer than five evaluations, fewer than five rows.
``unstable``             a loss was no number, or the test loss ended 10 % above the base's, or was once half as much again.
``overfitting``          *e* is at least 3 % above *m*, and the rise is beyond the error of the mean over the test rows (twice it).
``underfitting``         no rise (*e* at most 1 % above *m*), and less than 80 % of what could be gained, *base − o*, was
                         gained; or nothing could be (under 2 % of the base's loss).
``healthy``              no rise, and at least 90 % of that was gained.
none                     in between: people would disagree. Kept in the set, left out of the figures.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Iterable, Mapping
from typing import Any

RISEN, NOT_RISEN = 0.03, 0.01
GAINED, NOT_GAINED = 0.9, 0.8
NOTHING_TO_GAIN = 0.02
LOST, SHOT_UP = 1.1, 1.5


def optimum(records: Iterable[Mapping[str, Any]]) -> dict[str, float]:
    """The lowest test loss of each cell."""
    found: dict[str, float] = {}
    for record in records:
        losses = [loss for _, loss, _ in record["test"] if math.isfinite(loss)]
        cell = json.dumps(record["cell"])
        found[cell] = min([*losses, found.get(cell, math.inf)])
    return found


def label(record: Mapping[str, Any], best_of_cell: float) -> str | None:
    """What is true of a run; None where people would disagree."""
    if record["lacks_evidence"]:
        return "not-enough-evidence"
    losses = [loss for _, loss, _ in record["test"]]
    if record["broke"] or not all(map(math.isfinite, losses)):
        return "unstable"
    base, end, lowest = losses[0], losses[-1], min(losses)
    if end > LOST * base or max(losses) > SHOT_UP * base:
        return "unstable"
    rise, error = end - lowest, record["test"][-1][2]
    if rise >= RISEN * lowest and rise > 2 * error:
        return "overfitting"
    if rise > NOT_RISEN * lowest:
        return None
    possible = base - best_of_cell
    share = (base - lowest) / possible if possible > NOTHING_TO_GAIN * base else 0.0
    if share < NOT_GAINED:
        return "underfitting"
    return "healthy" if share >= GAINED else None


def digest(record: Mapping[str, Any]) -> str:
    """The hash of a run's numbers, committed before a threshold is set."""
    plain = json.dumps(record, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(plain.encode()).hexdigest()
