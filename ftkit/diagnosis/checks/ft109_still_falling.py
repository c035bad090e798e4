"""FT109: the run ended while the model was still learning."""

import numpy as np

from ftkit.diagnosis.outcome import NotApplicable, Sign
from ftkit.diagnosis.reading import Reading
from ftkit.diagnosis.rise import SHORT, shaking_of_means, with_the_usual
from ftkit.diagnosis.statistics import Floats, paired_difference, t_tail

CODE = "FT109"
TITLE = "Still falling when it ended"
SEVERITY = "issue"
VERDICT = "underfitting"
MEANS = "The evaluation loss was on its way down at the last step: the model had more to learn from these examples."
TRY = "Train for more epochs. A higher learning rate is the second thing to try, not the first."

# A mild slope is how every good run ends. It counts when half as much training again (at least one epoch) would
# add this share to what was gained and this share of the loss.
SHARE_OF_GAIN = 0.15
SHARE_OF_LOSS = 0.02
# Or the curve itself, whatever the schedule, was still on its way down: a tenth of the steps brought this share of the
# loss. A run whose learning rate falls to zero flattens before that.
STEEP = 0.015
BY_CHANCE = 0.02


def projected(reading: Reading) -> dict[str, float]:
    """What more training would add, from how the gain shrank from the middle to the last third of the learning.

    Returns
    -------
    dict
        ``middle`` and ``last`` (gains of the two thirds), ``more`` (projected further gain), ``gain`` (so far).
    """
    done, values = reading.learned
    first, last = done[0], done[-1]
    thirds = [first + (last - first) * k / 3 for k in (1, 2, 3)]
    at = [float(np.interp(x, done, values)) for x in thirds]
    middle, end = at[0] - at[1], at[1] - at[2]
    # A cut of the learning rate makes a drop and then quiet: what counts is what the last sixth still brought.
    late = float(np.interp((thirds[1] + thirds[2]) / 2, done, values)) - at[2]
    end = min(end, 3 * late)
    shrink = float(np.clip(end / middle, 0.0, 1.0)) if middle > 0 else 1.0
    epochs = reading.epochs
    more_thirds = 3 * max(0.5, min(1.0, 1 / epochs)) if epochs else 1.5
    # The gains shrink geometrically from third to third; the sum of what is still to come.
    geometric = shrink * (1 - shrink**more_thirds) / (1 - shrink) if shrink < 0.999 else more_thirds
    return {
        "middle": middle,
        "last": end,
        "more": max(end, 0.0) * geometric,
        "gain": float(values[0] - at[2]),
    }


def check(reading: Reading) -> Sign | NotApplicable | None:
    """Project the gain of more training, look at the end of the curve itself, and test that the fall is no noise."""
    if not reading.ended:
        return NotApplicable("the run is still going")
    if len(reading.eval) < 5:
        return NotApplicable("it takes five evaluations")
    return _more_in_reach(reading) or _steep_to_the_end(reading)


def _more_in_reach(reading: Reading) -> Sign | None:
    ahead = projected(reading)
    if ahead["gain"] <= 0 or ahead["last"] <= 0:
        return None
    end_loss = abs(float(reading.eval.values[-1]))
    shares = ahead["more"] / ahead["gain"], ahead["more"] / max(end_loss, 1e-9)
    if shares[0] < SHARE_OF_GAIN or shares[1] < SHARE_OF_LOSS:
        return None
    if not _beyond_noise(reading, ahead["last"], 2 / 3, reading.learned.steps):
        return None
    return Sign(
        f"The last third of the learning still brought {ahead['last']:.3f} of the {ahead['gain']:.3f} gained; "
        f"about {ahead['more']:.3f} more was in reach.",
        ahead,
        min(0.95, 0.6 + ahead["more"] / ahead["gain"]),
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
    if end >= between or min(then - between, between - end) < STEEP * tenths * abs(end):
        return None
    if not _beyond_noise(reading, then - end, 1 - 2 * block / len(values), steps, block):
        return None
    return Sign(
        f"At the end of the run the evaluation loss still went from {then:.3f} to {end:.3f} within a fifth of the steps.",
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
