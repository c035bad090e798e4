"""FT201: much of the run brought nothing."""

from ftkit.diagnosis.outcome import NotApplicable, Sign
from ftkit.diagnosis.reading import Reading

CODE = "FT201"
TITLE = "The best step was long past"
SEVERITY = "tip"
VERDICT = None
MEANS = "The time after it was spent for nothing: a shorter run would have given the same model."
TRY = "Train for fewer epochs."

# Less gain than this share of the first loss is no best step to speak of.
LEARNED = 0.02


def check(reading: Reading) -> Sign | NotApplicable | None:
    """Find the first step that was as good as the best, and how much of the run came after."""
    if len(reading.eval) < 5:
        return NotApplicable("it takes five evaluations")
    if not reading.ended:
        return NotApplicable("the run is still going")
    if reading.gain < LEARNED * abs(reading.reference):
        return None  # there was nothing to arrive at
    last, as_good = int(reading.eval.steps[-1]), reading.as_good_step
    wasted = (last - as_good) / max(last, 1)
    if wasted < 0.5:
        return None
    almost = "almost as low as it ever got" if as_good != reading.best_step else "as low as it ever got"
    return Sign(
        f"At step {as_good} of {last} the evaluation loss was {almost}.",
        {"as_good_as_best_step": as_good, "share_after": wasted},
        0.7,
    )
