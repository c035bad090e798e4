"""What a Trainer of transformers knows about its run: its state in memory, in a file, or only the log of it."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from ftkit.errors import RunError
from ftkit.runfolder.columns import as_logged
from ftkit.runfolder.figures import as_number, as_step, plain_row, shortened
from ftkit.runfolder.json_file import FORMS
from ftkit.runfolder.metrics import kept_by, kept_by_state
from ftkit.runfolder.repeated import remarks_on_log

_STATE = (
    "log_history", "max_steps", "global_step", "num_train_epochs", "best_metric", "best_global_step",
    "best_model_checkpoint",
)  # fmt: skip
_SUMMARY = {"train_runtime", "train_loss"}
_MOST_EPOCHS = 1e6
# As good as a whole number of epochs: the trainer counts batches, and its last one is often not full.
_NEAR = 0.05
_EVAL_LOSS = re.compile(r"eval_(.+_)?loss\Z")
# The same weights evaluated twice differ by less, by the order of the sums.
_THE_SAME = 1e-5


class TrainerLog(NamedTuple):
    """The rows of a log, what is known beside them (as attributes of a history), and what could not be used."""

    rows: list[Any]
    known: dict[str, Any]
    problems: list[str]


def state_of(source: Any) -> Mapping[str, Any] | None:
    """The state behind a Trainer, its state, the dict of it, or the bare list of its log; None for anything else."""
    if isinstance(source, Mapping):
        return source if "log_history" in source else None
    if isinstance(source, list | tuple):
        return {"log_history": source} if all(isinstance(row, Mapping) for row in source) else None
    # A Trainer's state may be asked for before it has one: only what is there counts.
    state = source if hasattr(source, "log_history") else getattr(source, "state", None)
    if isinstance(source, type) or not hasattr(state, "log_history"):
        return None
    found = {name: getattr(state, name, None) for name in _STATE}
    arguments = getattr(source, "args", None)
    return found | {name: getattr(arguments, name, None) for name in kept_by({})}


def read_log(state: Mapping[str, Any]) -> TrainerLog:
    """The rows of a state and what it says about the run.

    Raises
    ------
    RunError
        Where it is no state of a Trainer.
    """
    history = state.get("log_history")
    if not isinstance(history, Sequence) or isinstance(history, str | bytes):
        raise RunError(
            "This is no state of a Trainer: it has no list `log_history`.",
            FORMS,
        )
    problems: list[str] = []
    rows = as_logged([plain_row(row) if isinstance(row, Mapping) else row for row in history], problems)
    total = as_step(state.get("max_steps"))
    logged = [row for row in rows if isinstance(row, dict)]
    known = {
        "total_steps": total,
        "epochs": epochs_of(logged, state.get("num_train_epochs"), total),
        "ended": _ended(state, logged, total),
    }
    known |= kept_by(state) | kept_by_state(state, logged)
    kept = _before_the_summary(rows, problems)
    problems += remarks_on_log(kept)
    return TrainerLog(kept, known, problems)


def usable_epochs(value: Any) -> float | None:
    """A number of epochs that somebody can have meant; None for anything else.

    A Trainer that reads a stream cannot know the epochs and writes the largest number there is.
    """
    number = as_number(value)
    return number if number is not None and 0 < number <= _MOST_EPOCHS else None


def epochs_of(rows: Sequence[Mapping[str, Any]], given: Any, total: int | None) -> float | None:
    """The planned epochs: the logged ones, reckoned up to the last step, before those given, which are rounded up.

    Parameters
    ----------
    given
        What the state says.
    total
        The planned steps; without them, the latest one of the rows is the last.
    """
    planned = usable_epochs(given)
    steps = [step for row in rows if (step := as_step(row.get("step")))]
    logged = [
        (step, epoch)
        for row in rows
        if (step := as_step(row.get("step"))) and (epoch := usable_epochs(row.get("epoch")))
    ]
    if not logged:
        return planned
    step, epoch = max(logged)
    scale = (total or max(steps)) / step
    found = usable_epochs(epoch * scale)
    if planned is None or found is None:
        return planned if found is None else found
    # A log that shows two digits of the epoch says little about the end while it is far off.
    digits = max(1, len(repr(epoch).partition(".")[2]))
    return planned if abs(found - planned) <= _NEAR + 0.5 * 10**-digits * scale else found


def epochs_at_end(rows: Sequence[Any]) -> float | None:
    """The epochs that were done, as the row says that a Trainer writes when it ends; None without it.

    The last loss may have been logged many steps before.
    """
    place = _summary(rows)
    return None if place is None else usable_epochs(rows[place].get("epoch"))


def _summary(rows: Sequence[Any]) -> int | None:
    """The place of the row that a Trainer writes when it ends, where nothing was trained after it."""
    places = [
        at
        for at, row in enumerate(rows)
        if isinstance(row, dict) and _SUMMARY & set(row) and "loss" not in row
    ]
    if not places:
        return None
    place = places[-1]
    end = as_step(rows[place].get("step"))
    later = [as_step(row.get("step")) for row in rows[place + 1 :] if isinstance(row, dict)]
    if end is None or any(step is not None and step > end for step in later):
        return None
    return None if any("loss" in row for row in rows[place + 1 :] if isinstance(row, dict)) else place


def _ended(state: Mapping[str, Any], rows: Sequence[Mapping[str, Any]], total: int | None) -> bool | None:
    """Whether the run is over; None where nothing says so."""
    done = as_step(state.get("global_step"))
    last = max((as_step(row.get("step")) or 0 for row in rows), default=0)
    place = _summary(rows)
    if place is not None:
        end = as_step(rows[place].get("step")) or 0
        # A run that went on from there, and has logged nothing since.
        if max(done or 0, last) <= end:
            return True
    if total and max(done or 0, last) >= total:
        return True
    return None


def _before_the_summary(rows: list[Any], problems: list[str]) -> list[Any]:
    """The rows without repeated evaluations after the end.

    A Trainer that has loaded its best checkpoint evaluates that one, and still logs the last step: it would hide a rise.
    """
    place = _summary(rows)
    if place is None:
        return rows
    end = as_step(rows[place].get("step"))
    before = [row for row in rows[:place] if isinstance(row, dict)]
    measured = {
        key for row in before if as_step(row.get("step")) == end for key in row if key.startswith("eval_")
    }
    lowest: dict[str, float] = {}
    for row in before:
        for key, loss in _losses(row).items():
            lowest[key] = min(loss, lowest.get(key, loss))
    kept = rows[: place + 1]
    for row in rows[place + 1 :]:
        at_the_end = isinstance(row, dict) and as_step(row.get("step")) == end
        if at_the_end and (measured & set(row) or _is_the_best_again(row, lowest)):
            problems.append(f"an evaluation after the end of the training was left out: {shortened(row)}")
        else:
            kept.append(row)
    return kept


def _is_the_best_again(row: Mapping[str, Any], lowest: Mapping[str, float]) -> bool:
    """Whether an evaluation has the very loss of the best one, as its weights were loaded."""
    return any(
        math.isclose(loss, lowest.get(key, math.inf), rel_tol=_THE_SAME) for key, loss in _losses(row).items()
    )


def _losses(row: Mapping[str, Any]) -> dict[str, float]:
    """The losses of an evaluation, on one data set or on several."""
    found = {key: as_number(value) for key, value in row.items() if _EVAL_LOSS.match(key)}
    return {key: loss for key, loss in found.items() if loss is not None}
