"""Histories made up for the tests: a true course, losses of single rows around it, and batch noise."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from ftkit.diagnosis import CHECKS, Finding, Looked, Reading
from ftkit.runfolder import History


def history(
    course: Callable[[float], float],
    train_course: Callable[[float], float] | None = None,
    *,
    steps: int = 60,
    evaluations: int = 12,
    rows: int = 30,
    seed: int = 0,
    batch_noise: float = 0.08,
    row_spread: float = 0.5,
    row_wander: float = 0.06,
    shaking: float = 0.0,
    per_row: bool = True,
    done: float = 1.0,
    epochs: float = 2.0,
) -> History:
    """A run whose evaluation loss follows `course` (of the share of the run, 0 to 1).

    Parameters
    ----------
    row_spread
        How different the rows' losses are from one another, all along (pairing removes it).
    row_wander
        How far each row's loss wanders from the course between start and end (pairing does not remove it).
    shaking
        Noise shared by all rows at an evaluation: the jitter of the run.
    done
        The share of the run that is over.
    """
    random = np.random.default_rng(seed)
    made = History(total_steps=steps, warmup_steps=max(1, steps // 20), epochs=epochs)
    spread = random.normal(0, row_spread, rows)
    wander = random.normal(0, row_wander, rows)
    tokens = random.integers(8, 40, rows)
    for step in np.unique(np.linspace(0, steps, evaluations + 1).round().astype(int)):
        share = step / steps
        if share > done:
            break
        rate = np.maximum(0.05, course(share) + spread * 0.3 + wander * share + random.normal(0, shaking))
        rate = rate + random.normal(0, row_wander / 4, rows)
        made.eval.append((int(step), float((rate * tokens).sum() / tokens.sum())))
        if per_row:
            made.evaluations[int(step)] = {
                f"row{i}": (float(rate[i] * tokens[i]), int(tokens[i])) for i in range(rows)
            }
    train_course = train_course or course
    for step in np.unique(np.linspace(1, steps, 40).round().astype(int)):
        share = step / steps
        if share > done:
            break
        made.train.append((int(step), float(train_course(share) * np.exp(random.normal(0, batch_noise)))))
        made.learning_rate.append((int(step), 5e-4 * 0.5 * (1 + np.cos(np.pi * share))))
        made.grad_norm.append((int(step), float(np.exp(random.normal(0, 0.3)))))
    return made


def logging(made: History, **series: object) -> History:
    """The same history with further metrics: a function of the share of the run each, logged with the training loss.

    Underscores in a name stand for a slash where it is doubled; names that begin with ``eval_`` come at the evaluations.
    """
    for name, course in series.items():
        at = made.eval if name.startswith("eval_") else made.train
        for step, _ in at:
            value = course(step / made.total_steps) if callable(course) else course
            made.rows.append({"step": step, name.replace("__", "/"): value})
    return made


def healthy(share: float) -> float:
    """Down quickly, then flat."""
    return 1.2 + 2.2 * float(np.exp(-share * 8))


def overfit(share: float) -> float:
    """Down until a third of the run, then up by a quarter."""
    return healthy(share) + 0.7 * max(0.0, share - 0.35) ** 1.5


def by_heart(share: float) -> float:
    """The training loss of a model that learns by heart."""
    return 0.05 + 3.2 * float(np.exp(-share * 5))


def still_falling(share: float) -> float:
    """On the way down to the last step."""
    return 3.4 - 1.2 * share


def barely_moved(share: float) -> float:
    """Next to nothing."""
    return 3.4 - 0.02 * share


def look(code: str, made: History, **options: object) -> Finding | Looked:
    """What one check says of a history."""
    return CHECKS[code](Reading(made, **options))  # type: ignore[arg-type]


def found(code: str, made: History, **options: object) -> Finding:
    """The finding of a check that has to find something."""
    outcome = look(code, made, **options)
    assert isinstance(outcome, Finding), outcome
    return outcome


def passes(code: str, made: History, **options: object) -> bool:
    """Whether the check looked and found nothing."""
    outcome = look(code, made, **options)
    return isinstance(outcome, Looked) and not outcome.why


def why_not(code: str, made: History, **options: object) -> str:
    """Why the check could not be made."""
    outcome = look(code, made, **options)
    assert isinstance(outcome, Looked), outcome
    assert outcome.why
    return outcome.why
