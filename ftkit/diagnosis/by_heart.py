"""Whether the rows that are trained on leave little doubt about a rise which by itself could be chance.

Where their loss goes on falling by a good share, a rise of the evaluation loss is what is to be expected, and less of it is
believed. What is so is asked once, of a run that is over: noise of a few percent would pass, and be believed sooner or later by
somebody who asks often.
"""

from __future__ import annotations

from ftkit.diagnosis.reading import Reading
from ftkit.diagnosis.rise import FEW, MEMORY_SEEN, SHORT, UNLIKELY, Rise, both_at_once, noise_after
from ftkit.diagnosis.said import figure
from ftkit.diagnosis.trained_rows import TrainedRows

# The loss on the training rows fell on by this share after the best evaluation.
FELL = 0.25
# A curve that shakes by no more of the loss than this is calm, and a rise by that share of it is no small one.
CALM, NOTABLE = 0.05, 0.03

# Where single rows are known, a rise of this share of the loss, and of what was gained, counts where it is no likelier by chance
# than this; of a calm curve a notable one needs no more. Of the labelled runs of the tuning part that look like the latter, not
# one was healthy.
RISEN, RISEN_OF_GAIN, CHANCE = 0.04, 0.01, 0.4
# Where the training rows are ahead by this share of all that was gained, and fell on by that share of their loss, the held-out
# rows have nothing more to win: they can only stay or rise. There a smaller rise is believed, however few rows tell of it, if
# most of it was still there at the end, or if it is larger than what the curve shakes by (so many times). It is what nearly
# always comes of it: of the labelled runs of the tuning part that are so far ahead, not one whose loss rose by 2 % was healthy.
# A flat curve that shakes by as much would be taken for it.
FAR_AHEAD, FELL_ON, SLIGHTLY_RISEN, STILL_THERE, SHAKES = 0.3, 0.1, 0.02, 0.85, 1.75

# Where nothing is known of single rows, a rise of this share is believed if its size and the order in which the evaluations
# after the best one climb would both be chance in so many runs at once. Curves of other people's trainings were before the eyes
# when this and the following were set: flat curves with falling training losses, of which they would be wrong, are rare among
# them, and rises are not.
CLIMBS, TOGETHER = 0.02, 0.1
# So is a notable rise of a short curve that would be chance in so many runs; of one that is not calm, neither as a whole nor
# after its best evaluation, only one by `LARGE`. What pure noise is taken for hardly changes by that.
CHANCE_OF_CURVES, LARGE = 0.2, 0.5
# A short curve that shakes hides the noise that it has; but where so many evaluations after the best one all lie above it by
# this share of the loss, do not come down again (by their order), and the training loss is this share of theirs, no noise is
# behind it.
FEWEST_AFTER, APART, DOWN_AGAIN, KNOWN = 5, 0.2, 0.75, 0.25


def learned_by_heart(reading: Reading) -> str | None:
    """What leaves little doubt about the rise of this run, as the end of a sentence; ``None`` where there is doubt."""
    rise, trained = reading.rise, reading.trained_rows
    if rise is None or trained is None or not reading.ended:
        return None
    if reading.per_row is not None:
        ahead = _far_ahead(reading, rise, trained) or _rises(reading, rise)
        return f"on the training rows the loss is {figure(reading.ahead)} lower" if ahead else None
    if climbs_in_order(reading):
        found = "it climbed on and on"
    elif _curve_rises(reading, rise):
        found = "it rose"
    elif _best_lies_apart(reading, trained):
        found = "no later evaluation came near the best one"
    else:
        return None
    share = 100 * (1 - trained.now / trained.then)
    return f"{found} while the loss on the training rows fell by {share:.0f} %"


def climbs_in_order(reading: Reading) -> bool:
    """Whether the size of the rise and the order of the evaluations in it leave little doubt, where only the curves are known."""
    rise = reading.rise
    if rise is None or not _fell(reading.trained_rows) or len(reading.eval) <= FEW:
        return False  # three in order are no order
    order = reading.climb_by_chance
    unlikely = max(order, rise.chance) <= UNLIKELY and both_at_once(order, rise.chance) <= TOGETHER
    return unlikely and rise.value >= CLIMBS * abs(reading.best_loss)


def _fell(trained: TrainedRows | None) -> bool:
    """Whether the training loss fell by a good share after the best evaluation; of nothing, or of what is less, there are none."""
    return trained is not None and trained.then > 0 and trained.now <= (1 - FELL) * trained.then


def _far_ahead(reading: Reading, rise: Rise, trained: TrainedRows) -> bool:
    """Of single rows: whether those that are trained on are so far ahead that the others can only lose."""
    if reading.ahead < FAR_AHEAD * reading.gain or trained.now > (1 - FELL_ON) * trained.then:
        return False
    last = float(reading.eval.values[-1]) - reading.best_loss
    lasts = last >= STILL_THERE * rise.value or rise.value >= SHAKES * reading.eval_jitter
    least = max(SLIGHTLY_RISEN * abs(reading.best_loss), RISEN_OF_GAIN * reading.gain)
    return lasts and rise.value >= least


def _rises(reading: Reading, rise: Rise) -> bool:
    """Of single rows: by the size of the rise."""
    if not _fell(reading.trained_rows):
        return False
    loss = abs(reading.best_loss)
    if reading.eval_jitter <= CALM * loss and rise.value >= NOTABLE * loss:
        return True
    return rise.value >= max(RISEN * loss, RISEN_OF_GAIN * reading.gain) and rise.chance <= CHANCE


def _curve_rises(reading: Reading, rise: Rise) -> bool:
    """Of curves alone: by the size of the rise. Of a long one that is not asked: its noise is known, and it wanders more often."""
    if not _fell(reading.trained_rows) or not FEW < len(reading.eval) <= SHORT:
        return False
    loss = abs(reading.best_loss)
    shakes = min(reading.eval_jitter, noise_after(reading.eval.values, reading.best))
    least = NOTABLE if shakes <= CALM * loss else LARGE
    return rise.value >= least * loss and rise.chance <= CHANCE_OF_CURVES


def _best_lies_apart(reading: Reading, trained: TrainedRows) -> bool:
    """Of curves alone: by where the best of few evaluations lies."""
    values = reading.eval.values
    after = values[reading.best + 1 :]
    few = FEW < len(values) < MEMORY_SEEN
    if not few or len(after) < FEWEST_AFTER or not _fell(trained):
        return False
    apart = after.min() - reading.best_loss >= APART * abs(reading.best_loss)
    known = trained.now <= KNOWN * float(values[-1])
    return bool(apart) and known and reading.climb_by_chance <= DOWN_AGAIN
