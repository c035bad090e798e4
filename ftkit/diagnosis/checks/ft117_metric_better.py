"""FT117: the loss says worse, the task's own metric says better."""

from ftkit.diagnosis.outcome import NotApplicable, Sign
from ftkit.diagnosis.reading import WORTH_MENTIONING, Reading
from ftkit.diagnosis.said import figure
from ftkit.diagnosis.statistics import jitter
from ftkit.runfolder import better_when

CODE = "FT117"
TITLE = "The loss rose while the answers got better"
SEVERITY = "tip"
VERDICT = None
MEANS = (
    "The loss also punishes being wrong with confidence: a few rows can make it rise while more and more answers are "
    "right. Which of the two counts is for you to say."
)
TRY = "Read answers of both checkpoints. If the metric is what counts, let it choose the best checkpoint (metric_for_best_model)."

# Better by this share of the value, and by so many times what the metric shakes by from one evaluation to the next.
BETTER, BEYOND_SHAKING = 0.02, 3


def check(reading: Reading) -> Sign | NotApplicable | None:
    """Compare each logged metric at the best loss and at the end, where the loss has risen."""
    if len(reading.eval) < 5:
        return NotApplicable("it takes five evaluations")
    names = reading.metrics
    if not names:
        return NotApplicable("no metric but the loss was logged at the evaluations")
    rise = reading.rise
    if rise is None or rise.value < WORTH_MENTIONING * abs(reading.best_loss):
        return None
    best_step = float(reading.lowest_step or 0)
    for name in names:
        curve = reading.logged(name)
        if len(curve) < 5 or curve.steps[0] > best_step:
            continue
        higher = better_when(name) == "higher"
        # Values that stand in the log: whoever looks them up finds them there.
        then = float(curve.values[curve.steps <= best_step][-1])
        end = float(curve.values[-1])
        # The last value alone may be a lucky one.
        late = curve.values[-max(2, rise.window) :]
        gained = float(late.min()) - then if higher else then - float(late.max())
        if gained > max(BETTER * abs(then), BEYOND_SHAKING * jitter(*curve)):
            return Sign(
                f"After step {int(best_step)} the evaluation loss rose by {figure(rise.value)}, and {name} went from "
                f"{figure(then)} to {figure(end)} at the end, which is better.",
                {"metric": name, "at_best_loss": then, "at_end": end, "rise": rise.value},
                0.8,
            )
    return None
