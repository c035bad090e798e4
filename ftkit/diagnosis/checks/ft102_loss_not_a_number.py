"""FT102: a loss is NaN or infinite."""

import math
from collections.abc import Sequence

from ftkit.diagnosis.outcome import NotApplicable, Sign
from ftkit.diagnosis.reading import Reading

CODE = "FT102"
TITLE = "The loss is not a number"
SEVERITY = "issue"
VERDICT = "unstable"
FOR_REWARDS = True
MEANS = (
    "The arithmetic overflowed: where it stays like that, the weights after that step are worthless. A single value that is no number comes "
    "of a batch without an answer token, or of a step that was skipped."
)
ONLY_EVALUATIONS = (
    "The arithmetic of the evaluation overflowed, as it may in half precision, or a batch held no answer token. The weights are "
    "sound: weights that are no numbers never become any again."
)
EVALUATE_IN_BF16 = "Evaluate in bf16 or in full precision, not in fp16; what the evaluation then says counts."
TRY = "Start again from the base with a much lower learning rate; on a GPU use bf16, not fp16."

# So many values that are no numbers, in a row or as this share of all, are no accident of single batches.
FOR_LONG, OFTEN = 3, 0.1


def check(reading: Reading) -> Sign | NotApplicable | None:
    """Look for losses that are no finite numbers: weights that are none stay so, and so do their losses."""
    history = reading.history
    if not history.train and not history.eval:
        return NotApplicable("no loss was logged")
    series = {"training": history.train, "evaluation": history.eval}
    odd = [
        (name, [point for point in points if not math.isfinite(point[1])]) for name, points in series.items()
    ]
    evaluated = odd[1][1]
    alone = bool(evaluated and history.train and not odd[0][1])
    for name, points in odd:
        if points and points[-1] == series[name][-1]:
            if alone and not reading.ended and in_a_row(history.eval) < FOR_LONG:
                return _of_evaluations_alone(history.eval)
            step, value = _first_of_the_last(series[name])
            return Sign(f"From step {step} on the {name} loss is {value}.", {"step": step}, 1.0)
    if alone:
        return _of_evaluations_alone(history.eval)
    for name, points in odd:
        if len(points) >= FOR_LONG and (
            len(points) >= OFTEN * len(series[name]) or in_a_row(series[name]) >= FOR_LONG
        ):
            step, value = int(points[0][0]), points[0][1]
            return Sign(
                f"{len(points)} of {len(series[name])} {name} losses are no numbers, the first, {value}, at step {step}.",
                {"step": step, "count": len(points)},
                0.9,
            )
    for name, points in odd:
        if points:
            step, value = int(points[0][0]), points[0][1]
            more = f", and {len(points) - 1} more like it" if len(points) > 1 else ""
            return Sign(
                f"At step {step} the {name} loss is {value}{more}; later it is a number again.",
                {"step": step, "count": len(points)},
                0.6,
                severity="tip",
                verdict="none",
            )
    return None


def _of_evaluations_alone(points: Sequence[tuple[int, float]]) -> Sign:
    """Every training loss is a number, and so are later evaluations, or may yet be: no training that broke, so far."""
    odd = [point for point in points if not math.isfinite(point[1])]
    step, value = int(odd[0][0]), odd[0][1]
    are, first = ("is no number:", "") if len(odd) == 1 else ("are no numbers;", " the first is")
    later = odd[-1] != points[-1]
    so = (
        "Later evaluations give numbers again, and so did the training all along."
        if later
        else "The training loss is a number all along; the next evaluations will tell what it was."
    )
    return Sign(
        f"{len(odd)} of {len(points)} evaluation losses {are}{first} {value} at step {step}. {so}",
        {"step": step, "count": len(odd)},
        0.6,
        severity="tip",
        verdict="none",
        means=ONLY_EVALUATIONS if later else None,
        try_=EVALUATE_IN_BF16,
    )


def in_a_row(points: Sequence[tuple[float, float]]) -> int:
    """How many values in a row are no numbers, at the most."""
    longest = row = 0
    for _, value in points:
        row = 0 if math.isfinite(value) else row + 1
        longest = max(longest, row)
    return longest


def _first_of_the_last(points: Sequence[tuple[float, float]]) -> tuple[int, float]:
    """Where the values that are no numbers begin that last until the end."""
    first = points[-1]
    for point in reversed(points):
        if math.isfinite(point[1]):
            break
        first = point
    return int(first[0]), first[1]
