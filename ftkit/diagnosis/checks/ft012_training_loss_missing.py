"""FT012: the training loss is missing, or nearly."""

from ftkit.diagnosis.outcome import NotApplicable, Sign
from ftkit.diagnosis.reading import Reading

CODE = "FT012"
TITLE = "The training loss is missing"
SEVERITY = "issue"
VERDICT = "not-enough-evidence"
MEANS = (
    "Where the evaluation loss rises, the training loss tells what it is: learning by heart where it fell on, a training that goes "
    "astray where it rose as well. It takes both."
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
    return Sign(
        f"The training loss was {often}; a verdict needs at least {FEWEST_TRAINING_POINTS} of them.",
        {"training_points": points},
        1.0,
    )
