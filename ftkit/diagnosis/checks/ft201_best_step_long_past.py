"""FT201: much of the run brought nothing."""

from ftkit.diagnosis.outcome import NotApplicable, Sign
from ftkit.diagnosis.reading import WORTH_MENTIONING, Reading

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
    near = reading.best_loss + WORTH_MENTIONING * abs(reading.best_loss)
    steps = reading.eval.steps
    as_good = steps[int((reading.eval.values <= near).argmax())]
    if reading.history.kept is not None:
        as_good = max(
            as_good, reading.history.kept.step
        )  # what chooses the checkpoint did get better until there
    wasted = float((steps[-1] - as_good) / max(steps[-1], 1))
    if wasted < 0.5:
        return None
    return Sign(
        f"From step {int(as_good)} of {int(steps[-1])} on, the evaluation loss did not get better by 1 %.",
        {"as_good_as_best_step": int(as_good), "share_after": wasted},
        0.7,
    )
