"""FT103: the losses went up and stayed up."""

from typing import Any

import numpy as np

from ftkit.diagnosis.checks import ft002_too_few_points
from ftkit.diagnosis.outcome import NotApplicable, Sign
from ftkit.diagnosis.reading import WORTH_MENTIONING, Reading
from ftkit.diagnosis.said import figure

CODE = "FT103"
TITLE = "The loss ran away"
SEVERITY = "issue"
VERDICT = "unstable"
MEANS = "Each step threw the model further than it could come back from; it knows less than before."
TRY = "Lower the learning rate to a third, and give the warm-up a tenth of the run."

# Of so many stretches the lowest is looked for: all of them where there are no more.
MOST_STRETCHES = 1000
# With fewer logged training losses nobody knows what became of them.
FEWEST_LOGGED = 4


def check(reading: Reading) -> Sign | NotApplicable | None:
    """Compare the end of the training curve with its lowest stretch; then look whether both curves turned up."""
    if len(reading.train) >= 8:
        return _training_loss_ran_away(reading) or _both_turned_up(reading)
    # Logged once an epoch they are too few to run away by themselves, but not to rise with the evaluation loss.
    enough = len(reading.history.train) >= FEWEST_LOGGED and ft002_too_few_points.check(reading) is None
    both = _both_turned_up(reading) if enough else None
    return both or NotApplicable("it takes eight logged training losses")


def _training_loss_ran_away(reading: Reading) -> Sign | None:
    values, steps = reading.train.values, reading.train.steps
    count = max(3, len(values) // 6)
    starts = np.unique(np.linspace(0, len(values) - count, MOST_STRETCHES).round().astype(int))
    stretches = np.array([np.median(values[start : start + count]) for start in starts])
    place = int(np.argmin(stretches))
    lowest = int(starts[place])
    low, end, start = float(stretches[place]), float(stretches[-1]), float(values[:2].mean())
    rise, noise = end - low, reading.train_jitter
    # A third of what was gained is lost again, a quarter of the loss at least, and plainly beyond the batches' spread.
    if rise < max((start - low) / 3, abs(low) / 4, 6 * noise * float(np.sqrt(2 / count)), 1e-9):
        return None
    if values[-count:].min() < low + rise / 4:
        return None
    around = int(steps[lowest + count // 2])  # the middle of that stretch
    evidence: dict[str, Any] = {"lowest": low, "lowest_step": around, "end": end, "start": start}
    return Sign(
        f"The training loss was down to {figure(low)} around step {around} and ended at {figure(end)}.",
        evidence | {"noise": noise},
    )


def _both_turned_up(reading: Reading) -> Sign | None:
    rise = reading.rise if len(reading.eval) >= 4 else None
    if rise is None or rise.value < WORTH_MENTIONING * abs(reading.best_loss) or rise.chance > reading.alpha:
        return None
    trained = reading.trained_rows
    if trained is None or not trained.turned_up:
        return None
    return Sign(
        f"After step {reading.lowest_step} the evaluation loss rose by {figure(rise.value)}, and {trained.name} went"
        f" from {figure(trained.then)} to {figure(trained.now)} with it.",
        {"rise": rise.value, "chance": rise.chance, **trained.evidence()},
        min(0.9, 1 - rise.chance),
    )
