"""FT104: single training losses shoot up."""

import numpy as np

from ftkit.diagnosis.outcome import NotApplicable, Sign
from ftkit.diagnosis.reading import Reading

CODE = "FT104"
TITLE = "Spikes in the training loss"
SEVERITY = "tip"
VERDICT = None
MEANS = "Now and then a step overshoots: an odd example, or a learning rate at the edge of what holds."
TRY = "One spike that is gone at the next point needs nothing. Many: lower the learning rate or enlarge the batch."

MANY, NAMED = 3, 5
# A spike is higher than its neighbours by half, and by this share of the loss at the start: where a model has learnt its
# rows by heart, next to nothing is many times next to nothing.
OF_THE_START = 0.05
# Where the loss on training rows fell to this share since the best evaluation, they are being learned by heart, and the spikes are
# single rows that are not yet: nothing that the run would have to be steadied for.
BY_HEART = 0.5
# Where no evaluation of a few lies above the one before by this share, or above the lowest so far by that share of all that was
# gained, the model was not thrown about: odd examples in its batches.
CALM, CALM_OF_GAIN, ENOUGH_TO_SEE = 0.03, 0.03, 5


def check(reading: Reading) -> Sign | NotApplicable | None:
    """Count points far above the middle of their neighbours."""
    values = reading.train.values
    if len(values) < 10:
        return NotApplicable("it takes ten logged training losses")
    padded = np.pad(values, 3, mode="edge")
    middle = np.median(np.lib.stride_tricks.sliding_window_view(padded, 7), axis=1)
    above = values - middle
    spread = 1.4826 * float(np.median(np.abs(above)))
    least = np.maximum(0.5 * np.abs(middle), OF_THE_START * abs(float(values[0])))
    spikes = np.flatnonzero((above > 8 * spread) & (above > least))
    spikes = spikes[spikes > 2]  # the first points belong to the steep start
    if not len(spikes):
        return None
    steps = [int(step) for step in reading.train.steps[spikes]]
    count = len(steps)
    evidence = {"count": count, "steps": steps[:20], "largest": float(values[spikes].max())}
    named = ", ".join(str(step) for step in steps[:NAMED]) + (", …" if count > NAMED else "")
    many = "s" if count > 1 else ""
    sentence = f"{count} spike{many} in the training loss (step{many} {named})."
    trained = reading.trained_rows
    learned_all_the_same = trained is not None and trained.now <= BY_HEART * trained.then
    if count >= max(MANY, 0.05 * len(values)) and not learned_all_the_same and not _calm(reading):
        return Sign(sentence, evidence, 0.8, severity="issue", verdict="unstable")
    return Sign(sentence, evidence, 0.6)


def _calm(reading: Reading) -> bool:
    """Whether the evaluation loss went its way without a jump up."""
    values = reading.eval.values
    if len(values) < ENOUGH_TO_SEE:
        return False
    before, above = values[:-1], values[1:] - np.minimum.accumulate(values)[:-1]
    small = (np.diff(values) <= CALM * np.abs(before)) | (above <= CALM_OF_GAIN * reading.gain)
    return bool(small.all())
