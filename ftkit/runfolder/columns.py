"""Tables as other tools write them: a column of steps beside the losses, other names for these, gaps where nothing was measured."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby, pairwise
from typing import Any

from ftkit.runfolder.figures import as_number, as_step

# The names people give to a series, and under which a Trainer logs it; of two for the same one, the later counts.
_TRAIN = ("train_loss", "loss", "train")
_EVAL = ("validation_loss", "valid_loss", "val_loss", "val", "eval_loss", "eval")
_OTHERS = ("learning_rate", "grad_norm", "train_slice", "reward", "eval_reward")
LOGGED_AS = (
    dict.fromkeys(_TRAIN, "loss")
    | dict.fromkeys(_EVAL, "eval_loss")
    | {name: name for name in _OTHERS}
    | {"train_slice": "train_slice_loss"}
)
# From this share of NaN on they stand for nothing measured: of two kinds of rows by turns, one more or less than half.
MOSTLY = 0.45
STEPS = ("step", "steps", "global_step", "epoch", "epochs")


def logged_as(name: Any) -> str | None:
    """The name by which a Trainer logs a series; None where it is none that is read."""
    if not isinstance(name, str):
        return None
    if name in LOGGED_AS:
        return LOGGED_AS[name]
    # Metrics of evaluations, under the names that a Trainer logs them by; Keras begins them with val_.
    if name.startswith("val_"):
        return f"eval_{name.removeprefix('val_')}"
    return name if name.startswith("eval_") else None


def with_steps(series: Mapping[str, Any], problems: list[str]) -> Mapping[str, Any]:
    """Series with the steps that a column beside them holds; as they were where there is none, or it does not fit all of them."""
    columns = {str(name): listed for name, values in series.items() if (listed := _column(values))}
    name = next((name for name in STEPS if name in columns), None)
    if name is None:
        return series
    steps = _rising(columns[name])
    if steps is None:
        problems.append(f"{name} is no rising row of whole steps: it was not used")
        return series
    read = {other: _without_gaps(values) for other, values in columns.items() if logged_as(other) is not None}
    for other, values in read.items():
        if len(values) != len(steps):
            problems.append(
                f"{other} has {len(values)} values and {name} has {len(steps)}: {name} was not used. Give [step, loss] pairs."
            )
            return series
        if _several_at_once(zip(steps, values, strict=True)):
            problems.append(
                f"{other} has several values at one {name}: {name} was not used, and they were counted one by one"
            )
            return series
    return {**series, **{other: list(zip(steps, values, strict=True)) for other, values in read.items()}}


def _several_at_once(pairs: Iterable[tuple[Any, Any]]) -> bool:
    """Whether a series has more than one number at a step: then the steps are too coarse for it."""
    measured = [step for step, value in pairs if value is not None]
    return len(measured) > len(set(measured))


def as_logged(rows: Sequence[Any], problems: list[str]) -> list[Any]:
    """Rows of a log with the names that a Trainer gives them; where it wrote them, as they were."""
    names = {name for row in rows if isinstance(row, dict) for name in row}
    renamed = {}
    if not any(name.startswith("eval_") for name in names):
        renamed = {name: key for name in names if (key := logged_as(name)) and key.startswith("eval_")}
    # A Trainer writes one train_loss, at the end: the mean of all.
    if "loss" not in names and sum(isinstance(row, dict) and "train_loss" in row for row in rows) > 1:
        renamed["train_loss"] = "loss"
    counts = next((name for name in STEPS if name in names), "step")
    if counts != "step" and _can_count(rows, counts, names):
        renamed[counts] = "step"
    if not renamed:
        return list(rows)
    told = ", ".join(f"{name} as {key}" for name, key in sorted(renamed.items()))
    problems.append(f"read {told}")
    gaps = {name: _gaps(rows, name) for name in names if name in renamed or logged_as(name)}
    return [
        {renamed.get(name, name): value for name, value in row.items() if at not in gaps.get(name, ())}
        if isinstance(row, dict)
        else row
        for at, row in enumerate(rows)
    ]


def _can_count(rows: Sequence[Any], name: str, names: set[str]) -> bool:
    """Whether a column of the rows tells their steps: rising, and no series has two numbers at one of them."""
    logged = [row for row in rows if isinstance(row, dict)]
    if not _rising([row.get(name) for row in logged]):
        return False
    series = [other for other in names if logged_as(other)]
    return not any(
        _several_at_once((row[name], row[other]) for row in logged if other in row) for other in series
    )


def _gaps(rows: Sequence[Any], name: str) -> set[int]:
    places = [at for at, row in enumerate(rows) if isinstance(row, dict) and name in row]
    kept = _without_gaps([rows[at][name] for at in places])
    return {at for at, value in zip(places, kept, strict=True) if value is None}


def _column(values: Any) -> list[Any]:
    """A plain list of single values; empty for anything else."""
    listed = values.tolist() if len(getattr(values, "shape", ())) == 1 else values
    if not isinstance(listed, list | tuple) or any(isinstance(one, list | tuple | Mapping) for one in listed):
        return []
    return list(listed)


def _rising(values: Sequence[Any]) -> list[int] | None:
    """The values as steps, None where they are none; two rows may be of one step."""
    steps = [step for value in values if (step := as_step(value)) is not None]
    rising = len(steps) == len(values) and all(one <= other for one, other in pairwise(steps))
    return steps if steps and rising and steps[0] < steps[-1] else None


def _without_gaps(values: Sequence[Any]) -> list[Any]:
    """Values with None in place of NaN, where NaN stands for nothing measured.

    That is so in a column of which half or more is NaN, and numbers come again. A few in a dense column are real: there the
    training broke. So it did where the longest stretch ends it.
    """
    numbers = [as_number(value) for value in values]
    missing = [number is None or math.isnan(number) for number in numbers]
    stretches = [(gap, len(list(run))) for gap, run in groupby(missing)]
    inside = [length for gap, length in stretches[:-1] if gap]
    last = stretches[-1][1] if stretches and stretches[-1][0] else 0
    if not inside or last > max(inside) or sum(missing) < MOSTLY * len(values):
        return list(values)
    return [None if gap else value for value, gap in zip(values, missing, strict=True)]
