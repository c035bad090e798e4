"""FT101: the evaluation loss turned up, beyond noise, while the training loss went on falling."""

from typing import Any

from ftkit.diagnosis.by_heart import learned_by_heart
from ftkit.diagnosis.outcome import NotApplicable, Sign
from ftkit.diagnosis.reading import WORTH_MENTIONING, Reading
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

# How sure it is where a rise is believed for what the training rows did: of the eighteen labelled runs of the tuning part that are
# said to overfit for this alone twelve did, and of the others people would disagree.
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
    by_heart = None if plain else learned_by_heart(reading)
    if rise.value < enough or not (plain or by_heart):
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
        so = f" By itself that could be chance, but {by_heart}: these are being learned by heart."
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
