"""FT012: the training loss is missing, or nearly, and the evaluation loss rose."""

from ftkit.diagnosis.checks.ft120_rise_in_doubt import rise_in_doubt
from ftkit.diagnosis.outcome import NotApplicable, Sign
from ftkit.diagnosis.reading import WORTH_MENTIONING, Reading

CODE = "FT012"
TITLE = "Too few training losses"
SEVERITY = "issue"
VERDICT = "not-enough-evidence"
MEANS = (
    "Where the evaluation loss rises, the training loss tells what it is: learning by heart where it fell on, a training that goes "
    "astray where it rose as well. It takes both. An evaluation loss that does not rise tells enough by itself."
)
TRY = "Give the training loss as well, or have it logged more often (logging_steps)."

FEWEST_TRAINING_POINTS = 4


def check(reading: Reading) -> Sign | NotApplicable | None:
    """Count the logged training losses."""
    if not len(reading.eval):
        return NotApplicable("there is no evaluation at all")
    points = len(reading.train)
    if points >= FEWEST_TRAINING_POINTS:
        return None
    if len(reading.history.train) >= FEWEST_TRAINING_POINTS:
        return NotApplicable("it was logged, but is no number (FT102)")
    often = {0: "never logged", 1: "logged once"}.get(points, f"logged {points} times")
    evidence = {"training_points": points}
    if not _rises(reading):
        return Sign(
            f"The training loss was {often}; if the evaluation loss rose, it would take {FEWEST_TRAINING_POINTS} of them to tell why.",
            evidence,
            0.5,
            severity="tip",
            verdict="none",
        )
    return Sign(
        f"The training loss was {often}; where the evaluation loss rises, a verdict needs at least {FEWEST_TRAINING_POINTS} of them.",
        evidence,
        1.0,
    )


def _rises(reading: Reading) -> bool:
    """Whether the evaluation loss rose after its best: for certain, or so that it may be chance."""
    rise = reading.rise
    worth = rise is not None and rise.value >= WORTH_MENTIONING * abs(reading.best_loss)
    return (worth and reading.rise_by_chance <= reading.alpha) or rise_in_doubt(reading) is not None
