"""FT107: no token of the answers was trained on."""

from ftkit.diagnosis.outcome import NotApplicable, Sign
from ftkit.diagnosis.reading import Reading

CODE = "FT107"
TITLE = "No answer token counted"
SEVERITY = "issue"
VERDICT = "not-enough-evidence"
MEANS = "The label mask hides every token, so there was nothing to learn from: the loss is zero from the first step."
TRY = "Look at one training row token by token: is the answer cut off, or its column empty?"


def check(reading: Reading) -> Sign | NotApplicable | None:
    """Look for held-out rows without any token that counts, and for a training loss of exactly zero from the start."""
    counted = [tokens for rows in reading.history.evaluations.values() for _, tokens in rows.values()]
    if counted and max(counted) == 0:
        return Sign("No held-out row has a token that counts.", {"rows_evaluated": len(counted)}, 1.0)
    if len(reading.train) < 2:
        return NotApplicable("it takes two logged training losses")
    if reading.train.values[:2].max() == 0 and reading.train.values.max() == 0:
        return Sign(
            "The training loss is exactly 0 from the first step on.",
            {"training_points": len(reading.train)},
            1.0,
        )
    return None
