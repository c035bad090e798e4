"""FT010: rows that judge are also trained on."""

from ftkit.diagnosis.evidence import number
from ftkit.diagnosis.outcome import NotApplicable, Sign
from ftkit.diagnosis.reading import Reading

CODE = "FT010"
TITLE = "Held-out rows are trained on"
SEVERITY = "issue"
VERDICT = "not-enough-evidence"
MEANS = (
    "A model does well on questions that it has practised. The evaluation loss then falls although the model learns by "
    "heart, so that overfitting cannot be seen in it."
)
TRY = "Prepare the data with ftkit's own split, which keeps rows with the same question together; or leave the twins out."

# Single twins change a mean little; from this share on the evaluation is no evaluation.
TOO_MANY = 0.1


def check(reading: Reading) -> Sign | NotApplicable | None:
    """Read what was counted over the rows that the trainer really got."""
    held_out = number(reading.evidence.fact("leak", "held_out"))
    if not held_out:
        return NotApplicable("the run has no record of its rows")
    rows = number(reading.evidence.fact("leak", "same_rows")) or 0.0
    questions = max(rows, number(reading.evidence.fact("leak", "same_questions")) or 0.0)
    if not questions:
        return None
    share = questions / held_out
    evidence = {"held_out": int(held_out), "same_rows": int(rows), "same_questions": int(questions)}
    sentence = (
        f"Of the {int(held_out)} held-out rows {int(questions)} ask what a training row asks, {int(rows)} of them "
        "with the same answer."
    )
    if share < TOO_MANY:
        return Sign(sentence, evidence, 0.9, severity="tip", verdict="none")
    return Sign(sentence, evidence, 1.0)
