"""FT116: the tuned model answers like the base, word for word."""

from ftkit.diagnosis.outcome import NotApplicable, Sign
from ftkit.diagnosis.reading import Reading

CODE = "FT116"
TITLE = "The answers are those of the base"
SEVERITY = "issue"
VERDICT = None
FOR_REWARDS = True
MEANS = "Whatever the loss says, somebody who asks the model gets what the base would have said."
TRY = "A higher learning rate or more epochs; check that the adapter is switched on where the model is used."

FEWEST = 3


def check(reading: Reading) -> Sign | NotApplicable | None:
    """Compare the two answers of each question of the last comparison."""
    answers = [(text(pair.get("base")), text(pair.get("tuned"))) for pair in reading.evidence.pairs]
    answers = [(base, tuned) for base, tuned in answers if base is not None and tuned is not None]
    if len(answers) < FEWEST:
        return NotApplicable(f"base and tuned model were not compared on {FEWEST} questions (ftkit.compare)")
    same = sum(base == tuned for base, tuned in answers)
    if same < len(answers):
        return None
    return Sign(
        f"All {len(answers)} answers of the comparison are the base's, word for word.",
        {"questions": len(answers), "same": same},
        0.95,
    )


def text(answer: object) -> str | None:
    """The words of an answer as a comparison keeps it."""
    found = answer.get("text") if isinstance(answer, dict) else None
    return found.strip() if isinstance(found, str) else None
