"""FT109: the run ended while the model was still learning."""

import math

import numpy as np

from ftkit.diagnosis.outcome import NotApplicable, Sign
from ftkit.diagnosis.reading import Reading
from ftkit.diagnosis.rise import SHORT, shaking_of_means, with_the_usual
from ftkit.diagnosis.said import figure
from ftkit.diagnosis.statistics import Floats, paired_difference, t_tail
from ftkit.diagnosis.steady import brought_at_a_steady_rate

CODE = "FT109"
TITLE = "Still falling when it ended"
SEVERITY = "issue"
VERDICT = "underfitting"
MEANS = (
    "The model had more to learn from these examples. A learning rate that falls to zero flattens the end of every curve, so "
    "the end alone proves nothing: what counts is the last third of the learning, in which each step counts by its rate where "
    "that is known."
)
TRY = (
    "Train for more epochs. A higher learning rate is the second thing to try, and the first only where it is below the usual "
    "ones (then FT112 says so)."
)

# A mild slope is how every good run ends. It counts when the last third of the learning still brought this share of all
# that was learned (on the rows that are trained on: they are ahead), and this share of the loss. Set on
# benchmarks/histories: twice as many epochs then add about as much again.
SHARE_OF_LEARNED = 0.09
SHARE_OF_LOSS = 0.01
# Where the training rows are ahead of the held-out ones by this share of the gain, they have little more to teach.
USED_UP = 0.45
# Where no rates were logged, the curve itself may have been on its way down: a tenth of the steps brought this share of the
# loss, and this share of the gain. A run whose learning rate falls to zero flattens before that. Where they were logged, this
# found no run that the other had missed, and four that were sound.
STEEP = 0.015
STEEP_OF_GAIN = 0.005
BY_CHANCE = 0.02
EVENLY, MANY = 2, 20
FEWEST_EVALUATIONS = 5


def by_thirds(reading: Reading) -> dict[str, float]:
    """What the learning brought, third by third of the sum of its rates.

    Returns
    -------
    dict
        ``middle`` and ``last``: how far the evaluation loss fell in these thirds; ``gain``: in all. What of it can be seen on
        the chart: after the step ``since``, and up to ``until`` (the last evaluation, or the end of the last stretch of one
        learning rate), it ``fell`` by so much.
    """
    done, values = reading.learned
    steps = reading.eval.steps
    first, last = done[0], done[-1]
    thirds = [first + (last - first) * k / 3 for k in (1, 2, 3)]
    at = [float(np.interp(x, done, values)) for x in thirds]
    # A cut of the learning rate makes a drop and then quiet: what counts is what the last sixth still brought.
    late = float(np.interp((thirds[1] + thirds[2]) / 2, done, values)) - at[2]
    last, since, fell = at[1] - at[2], float(np.interp(thirds[1], done, steps)), at[1] - at[2]
    if 3 * late < last:
        last, since, fell = 3 * late, float(np.interp((thirds[1] + thirds[2]) / 2, done, steps)), late
    until, steadily = float(steps[-1]), brought_at_a_steady_rate(reading)
    if steadily is not None and steadily.fell < last:
        last = fell = max(steadily.fell, 0.0)
        since, until = steadily.since, steadily.until
    gain = float(values[0] - at[2])
    return {
        "middle": at[0] - at[1],
        "last": last,
        "gain": gain,
        "since": float(np.round(since)),
        "until": until,
        "fell": fell,
    }


def after(found: dict[str, float], reading: Reading) -> str:
    """When the loss fell by what :func:`by_thirds` says: a drop after the last stretch of one rate is no part of it."""
    if found["until"] < reading.eval.steps[-1]:
        return f"between steps {found['since']:,.0f} and {found['until']:,.0f}"
    return f"after step {found['since']:,.0f}"


def check(reading: Reading) -> Sign | NotApplicable | None:
    """Look at the last third of the learning and at the end of the curve itself, and test that the fall is no noise."""
    if not reading.ended:
        return NotApplicable("the run is still going")
    if len(reading.eval) < FEWEST_EVALUATIONS:
        return NotApplicable("it takes five evaluations")
    steep = None if reading.knows_the_rates else _steep_to_the_end(reading)
    return _much_came_late(reading) or steep


def _much_came_late(reading: Reading) -> Sign | None:
    found = by_thirds(reading)
    last, gain = found["last"], found["gain"]
    ahead = reading.ahead
    if gain <= 0 or last <= 0 or ahead >= USED_UP * gain:
        return None
    counts, left = SHARE_OF_LEARNED * (gain + max(0.0, ahead)), abs(float(reading.eval.values[-1]))
    if last < max(counts, SHARE_OF_LOSS * left) or left < counts:
        return None  # no loss falls below zero: where so little is left, more epochs cannot bring what counts
    evenly = reading.per_row is None and _chance_of_falling_evenly(reading.eval.values) < BY_CHANCE
    if not (evenly or _beyond_noise(reading, last, 2 / 3, reading.learned.steps)):
        return None
    return Sign(
        f"{after(found, reading).capitalize()} the evaluation loss still fell by {figure(found['fell'])}, which is "
        f"{100 * found['fell'] / gain:.0f} % of all that it fell.",
        found,
        min(0.95, 0.6 + last / gain),
    )


def _steep_to_the_end(reading: Reading) -> Sign | None:
    steps, values = reading.eval
    block = max(1, len(values) // 10)
    if len(values) < 3 * block:
        return None
    # Three tenths at the end: each of the last two has to bring its part, as a single step down is where a rate was cut.
    then, between, end = (float(part.mean()) for part in np.split(values[-3 * block :], 3))
    tenths = (
        float(steps[-block:].mean() - steps[-2 * block : -block].mean()) / float(steps[-1] - steps[0]) * 10
    )
    least = tenths * max(STEEP * abs(end), STEEP_OF_GAIN * float(values[0] - values.min()))
    if end >= between or min(then - between, between - end) < least:
        return None
    if not _beyond_noise(reading, then - end, 1 - 2 * block / len(values), steps, block):
        return None
    return Sign(
        f"At the end of the run the evaluation loss still went from {figure(then)} to {figure(end)} within a fifth of the steps.",
        {"then": then, "end": end, "fall": then - end},
        0.8,
    )


def _beyond_noise(reading: Reading, fall: float, since: float, done: Floats, width: int = 0) -> bool:
    """Whether the fall since a share of `done` (the evaluations' places) is more than chance, between averages over `width`."""
    rows = reading.per_row
    turn = int(np.argmin(np.abs(done - (done[0] + (done[-1] - done[0]) * since))))
    turn = min(turn, len(done) - 2)
    if rows is not None and np.array_equal(rows.steps, reading.eval.steps):
        return paired_difference(rows.losses[turn], rows.losses[-1], rows.tokens).low > 0
    noise, freedom = shaking_of_means(*reading.eval, width or reading.eval_width)
    if not np.isfinite(noise):
        return False
    if len(reading.eval) <= SHORT:
        noise, freedom = with_the_usual(noise, freedom, abs(float(reading.eval.values[-1])))
    return t_tail(fall / noise / float(np.sqrt(2)), freedom) < BY_CHANCE


def _chance_of_falling_evenly(values: Floats) -> float:
    """How often equal noisy values end with so many that fall one after another, the lowest last.

    From the end on, as long as no move is much larger than those after it: that a steep start is in order proves nothing about
    the end.
    """
    later: list[float] = []
    for move in (values[:-1] - values[1:])[: -MANY - 1 : -1]:
        if move <= 0 or (later and move > EVENLY * sum(later) / len(later)):
            break
        later.append(float(move))
    lowest_last = len(values) > 0 and values[-1] <= values.min()
    return 1 / math.factorial(len(later) + 1) if lowest_last else 1.0
