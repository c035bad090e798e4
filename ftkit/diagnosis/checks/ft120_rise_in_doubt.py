"""FT120: the evaluation loss ended above its best, and that may be chance."""

from ftkit.diagnosis.checks import ft101_overfitting, ft109_still_falling, ft113_rate_too_high
from ftkit.diagnosis.outcome import NotApplicable, Sign
from ftkit.diagnosis.reading import Reading
from ftkit.diagnosis.rise import FEW
from ftkit.diagnosis.said import above
from ftkit.diagnosis.statistics import jitter

CODE = "FT120"
TITLE = "A rise that may be chance"
SEVERITY = "tip"
VERDICT = None
MEANS = (
    "It may be the beginning of overfitting, or nothing: with these held-out rows and this much shaking the two look alike. "
    "Of runs of which the truth is known, about half that looked like this had begun to overfit."
)
KEEP = "Keep the model of the best step; ftkit does that by itself. To know what the rise is, hold back more rows"
WITHOUT_A_VERDICT = f"{KEEP}."
TRY = f"{KEEP}; to be on the safe side, train for a shorter time."

# From this share of the loss, and of all that was gained, a rise is worth a word though it may be chance. On the tuning part of
# the labelled runs 4 of the 9 that are called healthy in spite of it had begun to overfit, and 2 of the other 151.
OF_THE_LOSS, OF_THE_GAIN = 0.02, 0.005

# So far above the best, and by so many times what the curve shakes by, the last evaluation leaves no verdict about how the run
# went.
TOO_FAR_UP, TOO_FAR_UP_OF_GAIN, OUT_OF_LINE = 0.1, 0.05, 4
# Evaluations that lie above the best by less than this share of the rise are as good as it.
AS_GOOD = 0.1
# With a rise of this share of the loss that chance does not make often nobody calls a run healthy.
TOO_MUCH = 0.2
OFTEN, ONE_OF_HUNDRED = 0.5, 0.01


def check(reading: Reading) -> Sign | NotApplicable | None:
    """Find a rise that FT101 does not believe."""
    if len(reading.eval) < 4:
        return NotApplicable("it takes at least four evaluations")
    rise = rise_in_doubt(reading)
    if rise is None or ft113_rate_too_high.is_wrecked(reading):
        return None  # FT113 tells of it
    end, share = end_of(reading)
    if _is_of_the_last_alone(reading):
        return _of_the_last_alone(reading, rise, share)
    if _still_falls(reading):
        return None
    chance = reading.rise_by_chance
    of_hundred = f"{100 * chance:.0f}" if chance >= ONE_OF_HUNDRED / 2 else "less than 1"
    by_chance = f"does as much in {of_hundred} of 100 runs" if chance < OFTEN else "often does as much"
    sentence = f"{end.capitalize()} lies {above(share)} the best evaluation, that of step {reading.lowest_step}. Chance alone {by_chance}."
    evidence = {"rise": rise, "share_of_loss": share, "chance": chance}
    # Nobody knows how much of this the choice of the held-out rows may do where their single losses are not known.
    if share >= TOO_MUCH and chance < OFTEN and reading.per_row is None and reading.ended:
        return Sign(sentence, evidence, 0.5, severity="issue", verdict="not-enough-evidence", try_=f"{KEEP}.")
    return Sign(sentence, evidence, 0.5)


def _is_of_the_last_alone(reading: Reading) -> bool:
    """Whether those between the best evaluation and the last one are as good as the best."""
    if reading.rise is None:
        return True
    between = reading.eval.values[reading.best + 1 : -1] - reading.best_loss
    return bool(reading.eval_width == 1 and (between < AS_GOOD * reading.rise.value).all())


def _of_the_last_alone(reading: Reading, rise: float, share: float) -> Sign | None:
    sentence = (
        f"The last evaluation lies {above(share)} the best one, that of step {reading.lowest_step}. One evaluation is not "
        "enough to tell whether that will stay."
    )
    evidence = {"rise": rise, "share_of_loss": share, "chance": None}
    far = rise >= max(TOO_FAR_UP * abs(reading.best_loss), TOO_FAR_UP_OF_GAIN * reading.gain)
    if not (far and rise >= OUT_OF_LINE * _shakes_before_the_last(reading) and reading.ended):
        return None if _still_falls(reading) else Sign(sentence, evidence, 0.5)
    return Sign(sentence, evidence, 0.5, severity="issue", verdict="not-enough-evidence", try_=f"{KEEP}.")


def _shakes_before_the_last(reading: Reading) -> float:
    """What the curve shakes by; of very few evaluations the last one itself would be taken for it."""
    steps, values = reading.eval
    if len(values) > FEW:
        return reading.eval_jitter
    return min(reading.eval_jitter, jitter(steps[:-1], values[:-1]))


def _still_falls(reading: Reading) -> bool:
    """Whether it falls by and large: beside that, a shake upwards on the way down is nothing to speak of."""
    return isinstance(ft109_still_falling.check(reading), Sign)


def end_of(reading: Reading) -> tuple[str, float]:
    """What the end of the curve is, and how far it lies above the best evaluation, as a share of that."""
    if reading.rise is None or _is_of_the_last_alone(reading):
        name, end = "the last evaluation", float(reading.eval.values[-1])
    else:
        count = reading.rise.window
        name, end = f"the mean of the last {count} evaluations", float(reading.eval.values[-count:].mean())
    return name, (end - reading.best_loss) / abs(reading.best_loss)


def beginning_of(reading: Reading) -> str:
    """What such a rise may be the beginning of."""
    trained = reading.trained_rows
    return "a training that goes astray" if trained is not None and trained.turned_up else "overfitting"


def rise_in_doubt(reading: Reading) -> float | None:
    """How far the end lies above the best evaluation where that is worth a word and may be chance; else ``None``."""
    if not len(reading.eval) or not reading.best_loss:
        return None
    if reading.rise is None and reading.eval_width > 1:
        return None  # the averages are lowest at the end; a single value of many says nothing
    last = float(reading.eval.values[-1]) - reading.best_loss
    rise = last if reading.rise is None or _is_of_the_last_alone(reading) else reading.rise.value
    if rise < max(OF_THE_LOSS * abs(reading.best_loss), OF_THE_GAIN * reading.gain):
        return None
    if reading.rise is not None and reading.rise_by_chance <= reading.alpha:
        return None  # it is no chance: FT101 tells of it, or where the training loss rose, too, FT103
    return None if isinstance(ft101_overfitting.check(reading), Sign) else rise
