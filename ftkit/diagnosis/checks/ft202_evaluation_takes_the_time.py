"""FT202: more time goes into evaluating than the answer is worth."""

from ftkit.diagnosis.evidence import number
from ftkit.diagnosis.outcome import NotApplicable, Sign
from ftkit.diagnosis.reading import Reading

CODE = "FT202"
TITLE = "Evaluation takes much of the time"
SEVERITY = "tip"
VERDICT = None
FOR_REWARDS = True
MEANS = "The run spends a large part of its time on measuring; the measuring does not make the model better."
TRY = "Evaluate less often (10 to 20 times a run are plenty), on fewer rows, or in larger batches (per_device_eval_batch_size)."

MUCH = 0.4
SHORTEST = 60.0


def check(reading: Reading) -> Sign | NotApplicable | None:
    """Add up the evaluations' time and hold it against the whole."""
    evaluating = number(reading.evidence.speed.get("evaluating"))
    training = number(reading.evidence.speed.get("training"))
    if evaluating is None or training is None:
        evaluating = float(reading.logged("eval_runtime").values.sum())
        whole = reading.logged("train_runtime")
        if not evaluating or not len(whole):
            return NotApplicable("the times of training and evaluation were not recorded")
        training = float(whole.values[-1]) - evaluating
    total = evaluating + max(training, 0.0)
    if total < SHORTEST:
        return NotApplicable("the run took less than a minute")
    share = evaluating / total
    if share < MUCH:
        return None
    return Sign(
        f"Evaluations took {evaluating:.0f} of {total:.0f} seconds ({100 * share:.0f} %).",
        {"evaluating_seconds": evaluating, "total_seconds": total, "share": share},
        0.9,
    )
