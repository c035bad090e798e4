"""Series of numbers as people hand them over: lists, pairs, mappings, arrays, and the series and frames of pandas."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import pairwise
from typing import Any, NamedTuple

from ftkit.errors import RunError
from ftkit.runfolder.columns import LOGGED_AS, STEPS, logged_as, with_steps
from ftkit.runfolder.figures import as_number, as_step, shortened, unwrapped
from ftkit.runfolder.repeated import remark_on


class Points(NamedTuple):
    """One series.

    Attributes
    ----------
    pairs
        Of step and value.
    counted
        Whether nobody said at which steps the values were measured.
    """

    pairs: list[tuple[int, float]]
    counted: bool


def holds_series(source: Mapping[Any, Any]) -> bool:
    """Whether a mapping has a loss or a reward that can be read."""
    return any(logged_as(name) is not None and name not in ("learning_rate", "grad_norm") for name in source)


def rows_of(series: Mapping[str, Any], problems: list[str]) -> list[dict[str, Any]]:
    """The series as rows of a log, with keys as in ``log_history``.

    Raises
    ------
    RunError
        Where a series is none.
    """
    series = with_steps(series, problems)
    order = {name: place for place, name in enumerate(LOGGED_AS)}
    merged: dict[tuple[int, bool], dict[str, Any]] = {}
    counted: dict[str, tuple[str, int]] = {}
    side_by_side = _as_many(series)
    for name in sorted(series, key=lambda name: order.get(name, len(order))):
        key = logged_as(name)
        if key is None:
            continue
        # Before the first step a model can be evaluated, not trained: one evaluation more is that. Keras (val_loss) evaluates
        # after an epoch only.
        first = 0 if name.startswith("eval") and not side_by_side else 1
        points = points_of(series[name], name, first, problems)
        if points.counted:
            counted[key] = (name, len(points.pairs))
        for step, value in points.pairs:
            merged.setdefault((step, key == "eval_loss"), {"step": step})[key] = value
    _compare_lengths(counted, problems)
    return list(merged.values())


def _as_many(series: Mapping[str, Any]) -> bool:
    """Whether as many losses of the training were given as of evaluations: then each pair is of one step."""
    lengths = {
        key: len(series[name])
        for name, key in LOGGED_AS.items()
        if key in ("loss", "eval_loss")
        and (isinstance(series.get(name), list | tuple) or _is_row(series.get(name)))
    }
    return len(lengths) == 2 and len(set(lengths.values())) == 1


def _is_row(value: Any) -> bool:
    """Whether it is an array of one dimension."""
    return len(getattr(value, "shape", ())) == 1


def _compare_lengths(counted: Mapping[str, tuple[str, int]], problems: list[str]) -> None:
    """Say where two series cannot be of the same steps, although both were counted one by one."""
    (train, many), (held_out, few) = counted.get("loss", ("", 0)), counted.get("eval_loss", ("", 0))
    if train and held_out and abs(many - few) > 1:
        problems.append(
            f"{train} has {many} values and {held_out} has {few}, and neither says at which steps: they were counted "
            "one by one. Give [step, loss] pairs where they were not measured side by side."
        )


def points_of(value: Any, name: str, first: int, problems: list[str]) -> Points:
    """A series as pairs of step and value; points without a number are left out, and `problems` says so.

    Parameters
    ----------
    first
        The step of the first value, where nobody says at which steps the values were measured.

    Raises
    ------
    RunError
        Where it is no series.
    """
    items, counted = _items(value, name, first, problems)
    found: list[tuple[int, float]] = []
    missing: list[Any] = []
    count = 0
    for item in items:
        count += 1
        pair = _as_list(item)
        if _is_missing(item) or (len(pair) == 2 and any(map(_is_missing, pair))):
            missing.append(item)
            continue
        step, number = (as_step(pair[0]), as_number(pair[1])) if len(pair) == 2 else (None, None)
        if step is None or number is None:
            raise RunError(
                f"The series {name!r} holds {shortened(item)}, which is no step and loss.",
                "Steps are whole numbers from 0, losses are numbers.",
            )
        found.append((step, number))
    if missing and not found:
        raise RunError(f"The series {name!r} holds no number.", "Give a list of losses or leave it out.")
    if missing:
        problems.append(
            f"{len(missing)} of the {count} points of {name} hold no number and were left out; "
            f"the first is {shortened(missing[0])}"
        )
    remark = remark_on(name, found)
    if remark is not None:
        problems.append(remark)
    return Points(found, counted)


def _items(value: Any, name: str, first: int, problems: list[str]) -> tuple[Iterable[Any], bool]:
    """What the series holds, point by point, each with its step; and whether the steps were counted."""
    if isinstance(value, Mapping):
        return value.items(), False
    if hasattr(value, "columns") and hasattr(value, "to_numpy"):
        return _of_frame(value, name), False
    if hasattr(value, "to_numpy") and hasattr(getattr(value, "index", None), "tolist"):
        values = _without_nan(value.to_numpy().tolist())
        steps = value.index.tolist()
        if _is_rising(steps):
            return zip(steps, values, strict=True), False
        problems.append(
            f"the index of {name} is no rising row of steps: its values were counted from {first}"
        )
        return enumerate(values, first), True
    # A set has no order, and text is no list of losses.
    if isinstance(value, str | bytes | bytearray | set | frozenset) or not isinstance(value, Iterable):
        raise RunError(
            f"The series {name!r} is no list: {shortened(value)}.",
            "Give a list of losses or of (step, loss) pairs.",
        )
    listed = value.tolist() if hasattr(value, "tolist") else list(value)
    if not isinstance(listed, list):
        raise RunError(
            f"The series {name!r} is a single number: {shortened(listed)}.",
            "Give a list of losses or of (step, loss) pairs.",
        )
    if any(_as_list(item) for item in listed):
        return listed, False
    return enumerate(listed, first), True


def _of_frame(frame: Any, name: str) -> Iterator[tuple[Any, Any]]:
    columns = [str(column) for column in frame.columns]
    if len(columns) != 2:
        raise RunError(
            f"The table for the series {name!r} has {len(columns)} columns: {shortened(columns)}.",
            'Give one with two columns, step and loss, such as df[["step", "loss"]].',
        )
    rows = frame.to_numpy().tolist()
    step = 1 if columns[1].lower() in STEPS and columns[0].lower() not in STEPS else 0
    values = _without_nan([row[1 - step] for row in rows])
    return ((row[step], value) for row, value in zip(rows, values, strict=True))


def _without_nan(values: list[Any]) -> list[Any]:
    """In pandas NaN is how a table says that there was nothing: of no use as a sign that a training broke."""
    return [None if isinstance(value, float) and value != value else value for value in values]


def _is_rising(steps: list[Any]) -> bool:
    numbers = [as_number(step) for step in steps]
    if numbers[:1] == [None]:
        return False
    return all(one is not None and other is not None and one < other for one, other in pairwise(numbers))


def _is_missing(value: Any) -> bool:
    """None, or what pandas has for it."""
    value = unwrapped(value)
    return value is None or type(value).__name__ in ("NAType", "NaTType")


def _as_list(item: Any) -> list[Any]:
    """The parts of a pair in whatever kind of list it is; empty for anything that is no list."""
    if isinstance(item, list | tuple):
        return list(item)
    if (
        isinstance(item, str | bytes | Mapping)
        or not hasattr(item, "__len__")
        or not hasattr(item, "__iter__")
    ):
        return []
    try:
        return list(item)
    except TypeError:  # an array of no dimension has a length in name only
        return []
