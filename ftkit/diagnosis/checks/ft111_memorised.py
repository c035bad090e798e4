"""FT111: answers that were trained on come back word for word, others do not."""

from math import comb

from ftkit.diagnosis.outcome import NotApplicable, Sign
from ftkit.diagnosis.reading import Reading

CODE = "FT111"
TITLE = "Training answers are known by heart"
SEVERITY = "tip"
VERDICT = None
MEANS = (
    "The model gives more than half of the probability to every single token of these answers, so that asked their "
    "question it writes them word for word. It does not do so for answers it has not seen: that is memory, not skill."
)
TRY = "Fine where facts are to be learnt by heart. Where it should generalise: fewer epochs, more varied examples."

SHORTEST = 4
FEWEST = 8
MUCH = 0.3
BY_CHANCE = 0.05


def check(reading: Reading) -> Sign | NotApplicable | None:
    """Count answers that come word for word in the slice of training rows and in the held-out rows, at the same step."""
    history = reading.history
    steps = [step for step in history.train_slice_sure if step and step in history.sure]
    if not steps:
        return NotApplicable("no slice of the training rows was evaluated beside the held-out ones")
    step = max(steps)
    known, seen = _by_heart(history.train_slice_sure[step], history.train_slice_evaluations[step])
    others, unseen = _by_heart(history.sure[step], history.evaluations[step])
    if min(seen, unseen) < FEWEST:
        return NotApplicable(f"it takes {FEWEST} answers of {SHORTEST} tokens or more on both sides")
    evidence = {"step": step, "trained": [known, seen], "held_out": [others, unseen]}
    if known / seen < others / unseen + MUCH or _chance(known, seen, others, unseen) > BY_CHANCE:
        return None
    return Sign(
        f"At step {step} the model knows {known} of {seen} training answers word for word, and {others} of {unseen} "
        "held-out ones.",
        evidence,
        min(0.95, 0.6 + known / seen / 3),
    )


def _by_heart(sure: dict[str, int], losses: dict[str, tuple[float, int]]) -> tuple[int, int]:
    """How many answers are known word for word, of those that are long enough to tell."""
    long = [row for row in sure if row in losses and losses[row][1] >= SHORTEST]
    return sum(sure[row] >= losses[row][1] for row in long), len(long)


def _chance(known: int, seen: int, others: int, unseen: int) -> float:
    """Fisher's exact test, one-sided: so many among the seen ones where seeing makes no difference."""
    total, all_known = seen + unseen, known + others
    ways = sum(
        comb(seen, k) * comb(unseen, all_known - k)
        for k in range(known, min(seen, all_known) + 1)
        if all_known - k <= unseen
    )
    return ways / comb(total, all_known)
