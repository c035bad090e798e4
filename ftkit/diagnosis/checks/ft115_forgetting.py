"""FT115: the model reads ordinary text, or completes plain facts, much worse than before."""

from typing import Any

import numpy as np

from ftkit.diagnosis.outcome import NotApplicable, Sign
from ftkit.diagnosis.reading import Reading
from ftkit.diagnosis.said import SURE
from ftkit.diagnosis.statistics import paired_difference

CODE = "FT115"
TITLE = "It forgot what the base could do"
SEVERITY = "issue"
VERDICT = None
FOR_REWARDS = True
MEANS = (
    "On ordinary English, or on the last word of sentences such as “The capital of France is”, which have nothing to do "
    "with your examples, the trained model is much more surprised than the base is. A small rise is the price of any "
    "fine-tuning; this is more."
)
TRY = (
    "A lower learning rate, fewer epochs, or some general examples among yours; if all weights train, an adapter instead. "
    "If the model is to know only your texts, or another language, it may not matter."
)

# Loss on text: twice as many words to choose from at each place would be 0.69. On a fact's last word: half as likely.
MUCH = {"text": 0.3, "facts": 0.7}
CALLED = {"text": "general text", "facts": "plain facts"}


def check(reading: Reading) -> Sign | NotApplicable | None:
    """Compare the losses on the passages and on the facts, each with itself."""
    noted = reading.evidence.forgetting
    looked = {kind: _change(noted.get(kind), kind) for kind in CALLED}
    if why := [found for found in looked.values() if isinstance(found, NotApplicable)]:
        return why[0]
    told = {kind: found for kind, found in looked.items() if isinstance(found, dict)}
    if not told:
        return None
    sentence = " ".join(
        f"The loss on {CALLED[kind]} went from {found['before']:.3f} to {found['after']:.3f} (on others the rise would lie between "
        f"{found['interval'][0]:.3f} and {found['interval'][1]:.3f}, {SURE})."
        for kind, found in told.items()
    )
    return Sign(sentence, told, 0.9)


def _change(noted: Any, kind: str) -> dict[str, Any] | NotApplicable | None:
    """What rose much, with its figures."""
    try:
        before, after, tokens = (
            np.array(noted[name], dtype=np.float64) for name in ("before", "after", "tokens")
        )
    except (KeyError, TypeError, ValueError):
        return NotApplicable(f"no record of {CALLED[kind]} from before and after the training")
    if not (before.shape == after.shape == tokens.shape and before.ndim == 1 and len(before) > 2):
        return NotApplicable(f"the record of {CALLED[kind]} is damaged")
    if not np.isfinite([before, after, tokens]).all() or tokens.min() <= 0:
        return NotApplicable(f"the loss on {CALLED[kind]} is not a number")
    change = paired_difference(after, before, tokens)
    if change.value < MUCH[kind] or change.low <= 0:
        return None
    start, end = float(before.sum() / tokens.sum()), float(after.sum() / tokens.sum())
    return {"before": start, "after": end, "interval": [change.low, change.high]}
