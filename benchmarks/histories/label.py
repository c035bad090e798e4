"""What was true of a run, by the loss on a large test part that the detector never sees. The rule, and the hashes.

With *t* the test loss at each evaluation from the untouched base (step 0) on, *m* its minimum, *e* its last value, *d* the
lowest test loss of the same run trained for twice as many epochs (its schedule stretched), and *o* the lowest test loss of
any run of the same model, data set and technique on as many training rows or fewer (a sweep over rates, schedules, epochs):

``not-enough-evidence``  known from the plan: held-out rows are trained on, fewer than five evaluations, five rows or ten steps.
``unstable``             a loss was no number; or the test loss ended 10 % above the base's, or was once 25 % above it, and the
                         training loss around that step was above its beginning, too (else it is learning by heart).
``overfitting``          *e* is at least 3 % above *m*, and by 1 % of the gain *base − m*, and so is the value before it; the rise is
                         beyond the error of the mean over the test rows (twice it), and at least twice as large as any move up
                         before *m*, and half as large as any after it; and the training loss did not rise with it, as it does where steps are too large.
``underfitting``         no rise (a third of that at most), and one of three: it gained less than 2 % of the base's loss;
                         or less than half of what could be gained, *base − o*; or training twice as long brings *d* at
                         least 4 % below *m* and adds at least 12 % to the gain.
``healthy``              no rise, at least 70 % of what could be gained, and training twice as long brings less than 2 % of *m*;
                         or it adds less than 7 % to the gain, and brings less than 15 % of *m* or 0.05.
none                     in between, or it went back by a tenth of the base's loss for a while: people would
                         disagree. Kept in the set, left out of the figures.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from typing import Any

RISEN, RISEN_OF_GAIN = 0.03, 0.01
HARDLY_ANYTHING = 0.02
GAINED, NOT_GAINED = 0.7, 0.5
MORE, NO_MORE = (0.04, 0.12), (0.02, 0.07)
# Of a loss that is small already; nobody minds a hundredth of what was gained.
MINDED, MINDED_AT_ALL = 0.15, 0.05
LOST, SHOT_UP, WENT_BACK = 1.1, 1.25, 0.1
NEARBY, TRAINING_ROSE = 0.2, 0.01
WOBBLES, OF_THE_TOP = 2, 0.5


def optimum(record: Mapping[str, Any], records: Iterable[Mapping[str, Any]]) -> float:
    """The lowest test loss that was had from as many rows or fewer."""
    *kind, rows = record["cell"]
    return min(
        loss
        for other in records
        if other["cell"][:-1] == kind and other["cell"][-1] <= rows
        for _, loss, _ in [*other["test"], *other["twice"]]
        if math.isfinite(loss)
    )


def by_its_curve(record: Mapping[str, Any]) -> str | None:
    """What the run's own test losses say; ``flat`` where they did not rise, None where people would disagree."""
    if record["lacks_evidence"]:
        return "not-enough-evidence"
    losses = [loss for _, loss, _ in record["test"]]
    if record["broke"] or not all(map(math.isfinite, losses)):
        return "unstable"
    base, end, lowest = losses[0], losses[-1], min(losses)
    lost = [
        step
        for step, loss, _ in record["test"]
        if loss > (LOST if step == record["test"][-1][0] else SHOT_UP) * base
    ]
    if any(_training_is_lost(record, step) for step in lost):
        return "unstable"
    rise, error = end - lowest, record["test"][-1][2]
    counts = max(RISEN * lowest, RISEN_OF_GAIN * (base - lowest))
    lasting = min(losses[-2:]) - lowest >= counts
    if rise >= counts and rise > 2 * error:
        best = losses.index(lowest)
        plain = lasting and rise >= WOBBLES * _largest_move_up(losses[: best + 1])
        plain = plain and rise >= OF_THE_TOP * (max(losses[best:]) - lowest)
        return "overfitting" if plain and not _training_rose(record) else None
    went_back = max(loss - min(losses[: place + 1]) for place, loss in enumerate(losses))
    return None if rise > counts / 3 or went_back > WENT_BACK * base else "flat"


def _largest_move_up(losses: Sequence[float]) -> float:
    return max((later - earlier for earlier, later in pairwise(losses)), default=0.0)


def _training_is_lost(record: Mapping[str, Any], step: int) -> bool:
    """Whether the logged training loss around a step is not known to be below that of the first step."""
    reach = NEARBY * record["test"][-1][0] / 2
    near = [loss for at, loss in record["train"] if abs(at - step) <= reach]
    return not near or sum(near) / len(near) > record["train"][0][1]


def _training_rose(record: Mapping[str, Any]) -> bool:
    """Whether the logged training loss at the end is above that around the lowest test loss."""
    lowest = min(record["test"], key=lambda point: point[1])[0]
    last = record["test"][-1][0]
    then = [loss for step, loss in record["train"] if abs(step - lowest) <= NEARBY * last / 2]
    now = [loss for step, loss in record["train"] if step > last * (1 - NEARBY)]
    return bool(then and now) and sum(now) / len(now) > (1 + TRAINING_ROSE) * sum(then) / len(then)


def label(record: Mapping[str, Any], best: float) -> str | None:
    """What is true of a run; None where people would disagree.

    Parameters
    ----------
    best
        What :func:`optimum` found for it.
    """
    found = by_its_curve(record)
    if found != "flat":
        return found
    base, lowest = record["test"][0][1], min(loss for _, loss, _ in record["test"])
    gain, possible = base - lowest, base - best
    if gain < HARDLY_ANYTHING * base or gain < NOT_GAINED * possible:
        return "underfitting"
    longer = [loss for _, loss, _ in record["twice"] if math.isfinite(loss)]
    if not longer:
        return None
    more = lowest - min(longer)
    if more >= MORE[0] * lowest and more >= MORE[1] * gain:
        return "underfitting"
    hardly_more = more < NO_MORE[1] * gain and more < max(MINDED * lowest, MINDED_AT_ALL)
    if gain >= GAINED * possible and (more < NO_MORE[0] * lowest or hardly_more):
        return "healthy"
    return None


def digest(record: Mapping[str, Any]) -> str:
    """The hash of a run's numbers, committed before a threshold is set."""
    plain = json.dumps(record, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(plain.encode()).hexdigest()
