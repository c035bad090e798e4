"""FT110: the training loss drops in steps where rows come round again."""

import numpy as np

from ftkit.diagnosis.outcome import NotApplicable, Sign
from ftkit.diagnosis.reading import Reading
from ftkit.diagnosis.said import figure
from ftkit.diagnosis.statistics import t_tail

CODE = "FT110"
TITLE = "Steps in the training loss at the epochs"
SEVERITY = "tip"
VERDICT = None
MEANS = (
    "Within an epoch the model sees each row for the first time, and the loss is about flat; when the same rows come "
    "again, it drops at once. So it remembers the rows: the beginning of learning by heart."
)
TRY = "Watch the evaluation loss: while it falls, there is no harm. Once it rises, use fewer epochs."

SIZE = 0.05
BY_CHANCE = 0.01


def check(reading: Reading) -> Sign | NotApplicable | None:
    """Compare the drops at epoch boundaries with what the slopes on both sides of them explain."""
    epochs = reading.epochs
    if epochs is None:
        return NotApplicable("the number of epochs is not known")
    boundaries = [reading.last_step * k / epochs for k in range(1, int(np.ceil(epochs - 1e-9)))]
    if not boundaries:
        return NotApplicable("the run has a single epoch")
    per_epoch = len(reading.train) / epochs
    if per_epoch < 8:
        return NotApplicable("it takes eight logged training losses in each epoch")
    drops, errors = [], []
    for boundary in boundaries[:20]:
        found = _drop(reading, boundary, reading.last_step / epochs)
        if found is not None:
            drops.append(found[0])
            errors.append(found[1])
    if not drops:
        return NotApplicable("the training loss was not logged on both sides of a boundary")
    drop, error = float(np.mean(drops)), float(np.sqrt(np.square(errors).sum())) / len(drops)
    level = abs(reading.train_near(boundaries[0]))
    if drop < SIZE * level or t_tail(drop / max(error, 1e-12), 8) > BY_CHANCE:
        return None
    share = 100 * drop / level if level else 0.0
    return Sign(
        f"Where an epoch ends, the training loss drops by {figure(drop)} at once ({share:.0f} %), beyond its slope.",
        {"drop": drop, "error": error, "boundaries": len(drops)},
        0.8,
    )


def _drop(reading: Reading, boundary: float, epoch: float) -> tuple[float, float] | None:
    """How far the line through the half epoch before lies above the one through the half epoch after, at the boundary."""
    steps, values = reading.train
    ends = []
    for low, high in ((boundary - 0.6 * epoch, boundary), (boundary, boundary + 0.6 * epoch)):
        # A logged loss is the mean of the steps since the last one: the one that straddles the boundary is left out.
        here = np.flatnonzero((steps > low) & (steps <= high))
        here = here[1:] if low == boundary else here
        if len(here) < 4:
            return None
        x = steps[here] - boundary
        design = np.stack([np.ones_like(x), x], axis=1)
        line, *_ = np.linalg.lstsq(design, values[here], rcond=None)
        rest = values[here] - design @ line
        variance = float(np.square(rest).sum()) / (len(here) - 2) * np.linalg.inv(design.T @ design)[0, 0]
        ends.append((float(line[0]), float(variance)))
    return ends[0][0] - ends[1][0], float(np.sqrt(ends[0][1] + ends[1][1]))
