"""FT002: the curves have too few points to show a course."""

from ftkit.diagnosis.outcome import NotApplicable, Sign
from ftkit.diagnosis.reading import Reading, planned_looks
from ftkit.diagnosis.rising import only_rose

CODE = "FT002"
TITLE = "Too few points"
SEVERITY = "issue"
VERDICT = "not-enough-evidence"
FEW_EVALUATIONS = "With so few evaluations one lucky or unlucky value would decide the verdict."
FEW_STEPS = (
    "A training of a few steps flattens because its learning rate falls to zero, not because all was learnt."
)
EARLY = "Early in a run the loss falls whatever comes of it; most of the learning is still ahead."
MEANS = f"{FEW_EVALUATIONS} {FEW_STEPS} {EARLY}"
EVALUATE, TRAIN = (
    "Evaluate more often (10 to 20 times a run; a Trainer has eval_steps for it)",
    "train for more steps",
)
WAIT = "let a run that goes on come further, and ask again"
TRY = f"{EVALUATE}, or {TRAIN}; {WAIT}."

FEWEST_EVALUATIONS = 5
# Of fewer steps the warm-up and the end of the schedule are most: the curve flattens whatever the model learns.
FEWEST_STEPS = 10
TOO_EARLY = 0.2


def check(reading: Reading) -> Sign | NotApplicable | None:
    """Count the points, and the share of the run that is over."""
    if not len(reading.eval):
        return NotApplicable("there is no evaluation at all")
    evaluations, points = len(reading.eval), len(reading.train)
    evidence = {"evaluations": evaluations, "training_points": points, "last_step": reading.last_step}
    if evaluations < FEWEST_EVALUATIONS:
        more_come = not reading.ended and planned_looks(reading.history) >= FEWEST_EVALUATIONS
        return Sign(
            f"There {'is 1 evaluation' if evaluations == 1 else f'are {evaluations} evaluations'}; "
            f"a verdict needs at least {FEWEST_EVALUATIONS}.",
            evidence,
            1.0,
            means=FEW_EVALUATIONS,
            try_=f"{WAIT.capitalize()}." if more_come else _more_often(reading),
        )
    # Where the rates were logged, a step is one of the optimiser, but where each was evaluated: then, and in a history that
    # somebody wrote down, it may be an epoch.
    epochs = reading.history.epochs is None and reading.base is None and evaluations >= reading.last_step
    if reading.ended and reading.history.learning_rate and reading.last_step < FEWEST_STEPS and not epochs:
        return Sign(
            f"The training took {reading.last_step} {'step' if reading.last_step == 1 else 'steps'}; a verdict needs at least {FEWEST_STEPS}.",
            evidence,
            1.0,
            means=FEW_STEPS,
            try_=f"{TRAIN.capitalize()}.",
        )
    if not reading.ended and reading.last_step < TOO_EARLY * reading.total_steps:
        return Sign(
            f"Only {reading.last_step} of {reading.total_steps} steps {'is' if reading.last_step == 1 else 'are'} done; it is too early to say.",
            evidence | {"total_steps": reading.total_steps},
            1.0,
            means=EARLY,
            try_=f"{WAIT.capitalize()}.",
        )
    return None


def _more_often(reading: Reading) -> str:
    """What to try; where the loss only rose, a longer run would only rise further."""
    if only_rose(reading):
        return f"{EVALUATE}, to see when the rise begins. A longer run is not needed for that."
    return f"{EVALUATE}, or {TRAIN}."
