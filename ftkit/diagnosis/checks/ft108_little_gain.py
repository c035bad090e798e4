"""FT108: the tuned model is hardly better than the base."""

import numpy as np

from ftkit.diagnosis.checks import ft113_rate_too_high
from ftkit.diagnosis.outcome import NotApplicable, Sign
from ftkit.diagnosis.reading import BY_LUCK, Reading
from ftkit.diagnosis.said import figure

CODE = "FT108"
TITLE = "Little gain over the base model"
SEVERITY = "issue"
VERDICT = "underfitting"
MEANS = (
    "On examples it has not seen, the tuned model does about as well as the model you started from. A high loss by "
    "itself proves nothing, as some of it cannot be learnt; a loss that barely moved does."
)
TRY = "Raise the learning rate first, then the rank; lower dropout and weight decay."
TRY_AFTER_DAMAGE = "Lower the learning rate: it was so high that the loss went above the base's (FT113)."

LITTLE = 0.02
# Without the base's loss: shares of the losses below which neither curve moved, and how many values that takes.
UNMOVED, TRAINING_UNMOVED = 0.005, 0.01
FEWEST_EVALUATIONS, FEWEST_LOGGED = 5, 8


def check(reading: Reading) -> Sign | NotApplicable | None:
    """Compare the best evaluation with the base's."""
    if reading.base is None:
        return _nothing_was_learned(reading)
    if len(reading.eval) < 2:
        return NotApplicable("there is no evaluation after the first step")
    if not reading.ended:
        return NotApplicable("the run is still going")
    best = reading.steadily_best
    share = (reading.base - best) / abs(reading.base) if reading.base else 0.0
    interval = reading.gain_interval
    evidence = {
        "base_loss": reading.base,
        "best_loss": best,
        "gain": reading.base - best,
        "gain_interval": [interval.low, interval.high] if interval else None,
    }
    if share >= LITTLE:
        return None
    if ft113_rate_too_high.is_wrecked(reading):
        return None  # it is no small gain where the model was broken: FT113 says so
    harmed = isinstance(ft113_rate_too_high.check(reading), Sign)
    instead = TRY_AFTER_DAMAGE if harmed else None
    averaged = f" (the mean of {reading.eval_width} evaluations)" if best != reading.best_loss else ""
    if reading.history.measured_base is not None:
        compared = "above" if share < 0 else "below"
        sentence = (
            f"The lowest evaluation loss, {figure(best)}{averaged}, is {100 * abs(share):.1f} % {compared} the base "
            f"model's {figure(reading.base)}."
        )
        return Sign(sentence, evidence, _strength(reading), try_=instead)
    change = f"{100 * abs(share):.1f} %{' more' if share < 0 else ''}"
    return Sign(
        f"The evaluation loss went from {figure(reading.base)} (base) to {figure(best)} at best{averaged}: {change}.",
        evidence,
        _strength(reading),
        try_=instead,
    )


def _nothing_was_learned(reading: Reading) -> Sign | NotApplicable:
    """Without the base's loss: whether neither curve moved since the log begins."""
    why = NotApplicable("the base was not evaluated before the first step")
    if not reading.ended or len(reading.eval) < FEWEST_EVALUATIONS or len(reading.train) < FEWEST_LOGGED:
        return why
    count = max(3, len(reading.train) // 10)
    before, after = (
        float(part.mean()) for part in (reading.train.values[:count], reading.train.values[-count:])
    )
    quarter = max(2, len(reading.eval) // 4)
    first, last = (
        float(part.mean()) for part in (reading.eval.values[:quarter], reading.eval.values[-quarter:])
    )
    # The lowest of many values is low by luck: ends are compared, and what lies between them is held against the noise.
    noise = reading.eval_jitter if np.isfinite(reading.eval_jitter) else 0.0
    between = reading.gain - BY_LUCK * noise
    if max(abs(first - last), between) > UNMOVED * abs(first):
        return why
    if abs(before - after) > TRAINING_UNMOVED * abs(before):
        return why
    return Sign(
        f"The evaluation loss stayed near {figure(first)}, and the training loss near {figure(before)}, from the first value that was logged "
        "to the last: nothing was learned in between.",
        {"first": first, "last": last, "train_first": before, "train_last": after},
        0.8,
    )


def _strength(reading: Reading) -> float:
    interval, base = reading.gain_interval, reading.base
    return 0.95 if interval and base is not None and interval.high < LITTLE * base else 0.8
