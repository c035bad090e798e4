"""FT115: the model reads ordinary text much worse than before."""

import numpy as np

from ftkit.diagnosis.outcome import NotApplicable, Sign
from ftkit.diagnosis.reading import Reading
from ftkit.diagnosis.statistics import paired_difference

CODE = "FT115"
TITLE = "It forgot what the base could do"
SEVERITY = "issue"
VERDICT = None
FOR_REWARDS = True
MEANS = (
    "On ten passages of ordinary English, which have nothing to do with your examples, the trained model is much more "
    "surprised by the next word than the base is. A small rise is the price of any fine-tuning; this is more."
)
TRY = (
    "A lower learning rate, fewer epochs, an adapter instead of full fine-tuning, or some general examples among yours. "
    "If the model is to know only your texts, or another language, it may not matter."
)

# Twice as many words to choose from at each place would be 0.69.
MUCH = 0.3


def check(reading: Reading) -> Sign | NotApplicable | None:
    """Compare the losses on the passages, each with itself."""
    noted = reading.evidence.forgetting
    try:
        before, after, tokens = (
            np.array(noted[name], dtype=np.float64) for name in ("before", "after", "tokens")
        )
    except (KeyError, TypeError, ValueError):
        return NotApplicable("general text was not read before and after the training")
    if not (before.shape == after.shape == tokens.shape and before.ndim == 1 and len(before) > 2):
        return NotApplicable("the record of general text is damaged")
    if not np.isfinite([before, after, tokens]).all() or tokens.min() <= 0:
        return NotApplicable("the loss on general text is not a number")
    change = paired_difference(after, before, tokens)
    if change.value < MUCH or change.low <= 0:
        return None
    start, end = float(before.sum() / tokens.sum()), float(after.sum() / tokens.sum())
    return Sign(
        f"The loss on general text went from {start:.3f} to {end:.3f} "
        f"(+{change.value:.3f}, 95 % interval {change.low:.3f} to {change.high:.3f}).",
        {"before": start, "after": end, "interval": [change.low, change.high]},
        0.9,
    )
