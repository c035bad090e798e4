"""FT009: the model learns from rewards, so that its loss tells nothing about how good it is."""

from ftkit.diagnosis.outcome import NotApplicable, Sign
from ftkit.diagnosis.reading import Reading

CODE = "FT009"
TITLE = "A run that learns from rewards"
SEVERITY = "tip"
VERDICT = "not-enough-evidence"
FOR_REWARDS = True
MEANS = (
    "The loss of such a training hovers around zero however good the answers are, so that it shows neither over- nor "
    "underfitting. The reward says how much the answers please whatever rewards them, which can be fooled."
)
TRY = (
    "Read answers of the base and of the trained model side by side. If the reward rises and they get worse, change "
    "the reward or raise beta; if it does not rise, give it more steps."
)


def check(reading: Reading) -> Sign | NotApplicable | None:
    """Say how the reward on held-out prompts went."""
    history = reading.history
    if not history.rewarded:
        return NotApplicable("no reward was logged")
    measure = history.measure
    if not measure.eval or measure.best is None:
        return Sign("There is no reward on held-out prompts in this run.", {"evaluations": 0}, 1.0)
    (first, start), (last, end) = measure.eval[0], measure.eval[-1]
    step, best = measure.best
    evidence = {"first": start, "last": end, "best": best, "best_step": step}
    where = "the untouched model" if first == 0 else f"step {first}"
    return Sign(
        f"It learns from rewards: the reward on held-out prompts went from {start:.3f} ({where}) to {end:.3f} at step "
        f"{last}, {best:.3f} at best (step {step}). The loss says nothing about that.",
        evidence,
        1.0,
    )
