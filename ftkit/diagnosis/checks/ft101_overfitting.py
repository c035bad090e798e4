"""FT101: the evaluation loss turned up, beyond noise, while the training loss went on falling."""

from typing import Any

from ftkit.diagnosis.outcome import NotApplicable, Sign
from ftkit.diagnosis.reading import WORTH_MENTIONING, Reading
from ftkit.diagnosis.rise import FEW, MEMORY_SEEN, SHORT, UNLIKELY, both_at_once, noise_after
from ftkit.diagnosis.said import MANY_TIMES, SURE, figure

CODE = "FT101"
TITLE = "Overfitting"
SEVERITY = "issue"
VERDICT = "overfitting"
MEANS = (
    "From the best step on, the model got worse on the examples that it does not train on: what it still learned was "
    "its own examples by heart."
)
TRY = "Keep the model of the best step. Next time: fewer epochs, then a lower learning rate, more dropout, more data."

FEWEST_LOGGED, NO_FALL = 4, 0.02

# Learning by heart, seen at the training rows: their loss fell on by this share after the best evaluation. A rise of this share
# of the loss, and of what was gained, is then what is to be expected, and counts where it is no likelier by chance than this.
BY_HEART, RISEN, RISEN_OF_GAIN, CHANCE = 0.25, 0.04, 0.01, 0.4
# Where the training rows are ahead by this share of all that was gained, and fell on by that share of their loss, the held-out
# rows have nothing more to win: they can only stay or rise. There a smaller rise is believed, however few rows tell of it, if
# most of it was still there at the end, or if it is larger than what the curve shakes by (so many times). It is what nearly
# always comes of it: of the labelled runs of the tuning part that are so far ahead, not one whose loss rose by 2 % was healthy.
# A flat curve that shakes by as much would be taken for it.
FAR_AHEAD, FELL_ON, SLIGHTLY_RISEN, STILL_THERE, SHAKES = 0.3, 0.1, 0.02, 0.85, 1.75
# Where nothing is known of single rows, a rise of this share is believed if its size and the order in which the evaluations
# after the best one climb would both be chance in so many runs at once, and the training loss fell on as above. Curves of other
# people's trainings were before the eyes when this was set: flat curves with falling training losses, of which one would be
# wrong, are rare among them, and rises are not.
CLIMBS, TOGETHER = 0.02, 0.1
# So is a rise by `NOTABLE` of a short curve that would be chance in so many runs; where the curve, and what follows its best
# evaluation, shake by more of the loss than `CALM`, only one by `LARGE`. Set by the same curves, and such that what pure noise
# is taken for hardly changes. Where single rows are known, such a rise of a calm curve needs no more: of the labelled runs of
# the tuning part that look like this, not one was healthy.
CHANCE_OF_CURVES, NOTABLE, CALM, LARGE = 0.2, 0.03, 0.05, 0.5
# A short curve that shakes hides the noise that it has; but where so many evaluations after the best one all lie above it by
# this share of the loss, do not come down again (by their order), and the training loss is this share of theirs, no noise is
# behind it. Set by the same curves.
FEWEST_AFTER, APART, DOWN_AGAIN, KNOWN = 5, 0.2, 0.75, 0.25
# How sure that is: of the eighteen labelled runs of the tuning part that are said to overfit for this alone twelve did, and of
# the others people would disagree.
BELIEVED = 0.7


def check(reading: Reading) -> Sign | NotApplicable | None:
    """Test the end of the evaluation curve against its best point; a gap or a stall alone is not it."""
    if len(reading.eval) < 4:
        return NotApplicable("it takes at least four evaluations")
    if reading.is_restarted and not reading.ended:
        return NotApplicable(
            "the learning rate was raised again since the best evaluation, and comes down once more"
        )
    rise = reading.rise
    if rise is None or rise.value <= 0:
        return None
    best_step = reading.lowest_step
    enough = WORTH_MENTIONING * abs(reading.best_loss)
    plain = reading.rise_by_chance <= reading.alpha
    if rise.value < enough or not (plain or _by_heart(reading)):
        return None
    evidence: dict[str, Any] = {
        "best_step": best_step,
        "best_loss": reading.best_loss,
        "rise": rise.value,
        "rise_interval": list(rise.interval) if rise.interval else None,
        "chance": reading.rise_by_chance,
        "evaluations_after_best": rise.after,
    }
    trained = reading.trained_rows
    if trained is not None and trained.turned_up:
        return None  # both rise: that is no learning by heart (FT103 says so)
    course = "; few training losses were logged" if len(reading.train) else "; no training loss was logged"
    if trained is not None and (trained.same_mode or len(reading.train) >= FEWEST_LOGGED):
        evidence |= trained.evidence()
        averaged = "" if trained.same_mode else " (averaged around these steps)"
        course = f", while {trained.name}{averaged} went from {figure(trained.then)} to {figure(trained.now)}"
    end = float(reading.eval.values[-rise.window :].mean())
    share = _share(end, reading.best_loss)
    between = (
        f"; with other held-out rows the rise would lie between {figure(rise.interval[0])} and {figure(rise.interval[1])}, "
        f"{SURE}"
        if rise.interval
        else ""
    )
    stayed = trained is not None and _never_fell(reading, trained.now)
    so = " It did not fall, so that something else than learning by heart may be behind it." if stayed else ""
    if not plain:
        so = f" By itself that could be chance, but {_why_by_heart(reading)}: these are being learned by heart."
    return Sign(
        f"After step {best_step} the evaluation loss rose from {figure(reading.best_loss)} to {figure(end)}, the mean of the last {rise.window} "
        f"evaluations ({share}{between}){course}.{so}",
        evidence,
        BELIEVED if stayed or not plain else min(0.99, 1 - reading.rise_by_chance),
    )


def _share(end: float, best: float) -> str:
    """How much larger the end is, in words."""
    if best <= 0:
        return "from nothing"
    share = end / best - 1
    return f"{100 * share:.0f} %" if share < MANY_TIMES else f"{end / best:.3g} times as much"


def _never_fell(reading: Reading, now: float) -> bool:
    """Whether the training loss is where it began: the rows that are trained on were not learned, either."""
    return len(reading.train) >= FEWEST_LOGGED and now > (1 - NO_FALL) * reading.train_near(0)


def _by_heart(reading: Reading) -> bool:
    """Whether the training rows leave little doubt about a rise that by itself could be chance.

    Asked once, of a run that is over and whose single rows are known: noise of a few percent would pass, and be believed
    sooner or later by somebody who asks often.
    """
    rise, trained = reading.rise, reading.trained_rows
    if rise is None or trained is None or not reading.ended:
        return False
    if reading.per_row is None:
        return climbs_in_order(reading) or _rises_while_they_fall(reading) or _lies_apart(reading)
    loss, least = abs(reading.best_loss), RISEN_OF_GAIN * reading.gain
    if reading.ahead >= FAR_AHEAD * reading.gain and trained.now <= (1 - FELL_ON) * trained.then:
        last = float(reading.eval.values[-1]) - reading.best_loss
        lasts = last >= STILL_THERE * rise.value or rise.value >= SHAKES * reading.eval_jitter
        if rise.value >= max(SLIGHTLY_RISEN * loss, least) and lasts:
            return True
    if not _fell_on(reading):
        return False
    calm = reading.eval_jitter <= CALM * loss and rise.value >= NOTABLE * loss
    return calm or (rise.value >= max(RISEN * loss, least) and rise.chance <= CHANCE)


def climbs_in_order(reading: Reading) -> bool:
    """The same where only the curves are known: by the size of the rise and the order of the evaluations in it."""
    rise = reading.rise
    if rise is None or not _fell_on(reading) or len(reading.eval) <= FEW:
        return False  # three in order are no order
    order = reading.climb_by_chance
    unlikely = max(order, rise.chance) <= UNLIKELY and both_at_once(order, rise.chance) <= TOGETHER
    return unlikely and rise.value >= CLIMBS * abs(reading.best_loss)


def _rises_while_they_fall(reading: Reading) -> bool:
    """The same by the size alone. Of a long curve that is not asked: its noise is known, and the more often wanders."""
    rise = reading.rise
    if rise is None or not _fell_on(reading) or not FEW < len(reading.eval) <= SHORT:
        return False
    loss = abs(reading.best_loss)
    shakes = min(reading.eval_jitter, noise_after(reading.eval.values, reading.best))
    least = NOTABLE if shakes <= CALM * loss else LARGE
    return rise.value >= least * loss and rise.chance <= CHANCE_OF_CURVES


def _lies_apart(reading: Reading) -> bool:
    """The same of few evaluations that shake, by where the best one lies."""
    trained, values = reading.trained_rows, reading.eval.values
    after = values[reading.best + 1 :]
    few = FEW < len(values) < MEMORY_SEEN
    if trained is None or not few or len(after) < FEWEST_AFTER or not _fell_on(reading):
        return False
    apart = after.min() - reading.best_loss >= APART * abs(reading.best_loss)
    known = trained.now <= KNOWN * float(values[-1])
    return bool(apart) and known and reading.climb_by_chance <= DOWN_AGAIN


def _fell_on(reading: Reading) -> bool:
    """Whether the training loss fell by a good share after the best evaluation; of nothing, or of what is less, there are none."""
    trained = reading.trained_rows
    return trained is not None and trained.then > 0 and trained.now <= (1 - BY_HEART) * trained.then


def _why_by_heart(reading: Reading) -> str:
    """What leaves little doubt, of the rows that are trained on."""
    if reading.per_row is None and reading.trained_rows is not None:
        fell = 1 - reading.trained_rows.now / reading.trained_rows.then
        meanwhile = f"while the loss on the training rows fell by {100 * fell:.0f} %"
        if climbs_in_order(reading):
            return f"it climbed on and on {meanwhile}"
        if _rises_while_they_fall(reading):
            return f"it rose {meanwhile}"
        return f"no later evaluation came near that step's {meanwhile}"
    return f"on the training rows the loss is {figure(reading.ahead)} lower"
