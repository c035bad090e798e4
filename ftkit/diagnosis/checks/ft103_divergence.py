"""FT103: the losses went up and stayed up."""

import numpy as np

from ftkit.diagnosis.outcome import NotApplicable, Sign
from ftkit.diagnosis.reading import Reading

CODE = "FT103"
TITLE = "The loss ran away"
SEVERITY = "issue"
VERDICT = "unstable"
MEANS = "Each step threw the model further than it could come back from; it knows less than before."
TRY = "Lower the learning rate to a third, and give the warm-up a tenth of the run."


def check(reading: Reading) -> Sign | NotApplicable | None:
    """Compare the end of the training curve with its lowest stretch and with its start."""
    if len(reading.train) < 8:
        return NotApplicable("it takes eight logged training losses")
    values, steps = reading.train.values, reading.train.steps
    count = max(3, len(values) // 6)
    stretches = np.median(np.lib.stride_tricks.sliding_window_view(values, count), axis=1)
    lowest = int(np.argmin(stretches))
    low, end, start = float(stretches[lowest]), float(stretches[-1]), float(values[:2].mean())
    rise, noise = end - low, reading.train_jitter
    evidence = {"lowest": low, "lowest_step": int(steps[lowest]), "end": end, "start": start, "noise": noise}
    # A third of what was gained is lost again, a quarter of the loss at least, and plainly beyond the batches' spread.
    if rise < max((start - low) / 3, abs(low) / 4, 6 * noise * float(np.sqrt(2 / count))):
        return None
    if values[-count:].min() < low + rise / 4:
        return None
    return Sign(
        f"The training loss was down to {low:.3f} around step {int(steps[lowest])} and ended at {end:.3f}.",
        evidence,
    )
