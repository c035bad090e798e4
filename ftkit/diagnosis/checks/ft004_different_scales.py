"""FT004: train and eval loss cannot be the same quantity."""

import numpy as np

from ftkit.diagnosis.outcome import NotApplicable, Sign
from ftkit.diagnosis.reading import Reading

CODE = "FT004"
TITLE = "Train and eval loss are on different scales"
SEVERITY = "issue"
VERDICT = None
MEANS = (
    "One of the two is multiplied or averaged differently; a known fault adds the training loss up over the "
    "gradient accumulation steps instead of averaging it. Their distance then says nothing; each curve's own "
    "course still does."
)
TRY = "Update transformers and trl; until then compare each curve with itself only."

TOO_LARGE = 2.5


def check(reading: Reading) -> Sign | NotApplicable | None:
    """Compare the two where both were logged; a model that learns by heart cannot make this picture."""
    if len(reading.train) < 2 or not len(reading.eval):
        return NotApplicable("it takes a training and an evaluation loss")
    steps = reading.eval.steps
    both = (steps >= 0) & (steps <= reading.train.steps[-1] + 1)
    if not both.any():
        return NotApplicable("the two losses were never logged around the same step")
    if reading.eval.values[both].min() <= 0 or reading.train.values.min() <= 0:
        return NotApplicable("a ratio says nothing where a value is zero or below")
    train = np.interp(steps[both], reading.train.steps, reading.train_smooth)
    ratio = train / reading.eval.values[both]
    first, middle = float(ratio[0]), float(np.median(ratio))
    least, most = (float(x) for x in np.quantile(ratio, (0.1, 0.9)))
    evidence = {"first_ratio": first, "median_ratio": middle}
    # The train loss can fall far below the eval loss honestly (learning by heart), never far above it.
    if first > TOO_LARGE and middle > TOO_LARGE and least > TOO_LARGE * 0.8:
        return Sign(
            f"The training loss is about {middle:.1f} times the evaluation loss, all along.", evidence
        )
    if first < 1 / TOO_LARGE and middle < 1 / TOO_LARGE and most < 2 * least:
        return Sign(
            f"The evaluation loss is about {1 / middle:.1f} times the training loss, all along.", evidence
        )
    return None
