"""``ftkit.side_by_side([…])``: several runs in one chart and one table."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from ftkit.diagnosis import VERDICT_WORDS
from ftkit.errors import RecipeError, RunError
from ftkit.live.several_view import figure, in_words, table
from ftkit.live.stored import PLOTLY_MIME
from ftkit.methods import METHODS
from ftkit.recipe import recipe_from_yaml
from ftkit.runfolder import History, RunFolder
from ftkit.runfolder.history import Points
from ftkit.runfolder.pace import seconds_a_step


@dataclass(frozen=True)
class OneRun:
    """What is told of one run; None for what it has not on record.

    Attributes
    ----------
    run
        Its name.
    technique
        What its recipe names, for people.
    label
        How chart and table call it: the technique, with the run's name where two have the same.
    trainable, parameters
        Weights that train, and all there are.
    seconds_a_step
        Over its whole training, without evaluations.
    memory
        The most bytes that it held: of the graphics card where there was one, else of the whole process.
    measure
        ``loss`` or ``reward``.
    points
        Steps and evaluations.
    best
        Step and value of the best one.
    base
        What the untouched model had.
    verdict
        The verdict in a word or two; of a run without a result, how it stands.
    data
        What its evaluations were measured on, as a hash.
    """

    run: str
    technique: str
    label: str
    trainable: int | None
    parameters: int | None
    seconds_a_step: float | None
    memory: int | None
    measure: str
    points: Points
    best: tuple[int, float] | None
    base: float | None
    verdict: str
    data: str | None


@dataclass(frozen=True)
class SideBySide:
    """Several runs: shown by Jupyter as a chart and a table, which stay readable in the saved notebook.

    Attributes
    ----------
    runs
        In the order in which they were named.
    notes
        What the reader should know, such as runs that cannot be compared.
    """

    runs: tuple[OneRun, ...]
    notes: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        """Plain data with the same keys."""
        return asdict(self)

    def _ipython_display_(self) -> None:
        from IPython.display import display

        # Two outputs: of one, a front end shows only the richest form.
        if any(one.points for one in self.runs):
            display({PLOTLY_MIME: figure(self), "text/plain": in_words(self)}, raw=True)
        display({"text/html": table(self), "text/plain": str(self)}, raw=True)

    def __str__(self) -> str:
        return in_words(self)


def side_by_side(runs: Iterable[str | Path | RunFolder]) -> SideBySide:
    """Set several runs side by side: their evaluations in one chart, what they cost and gave in one table.

    Parameters
    ----------
    runs
        Names of runs in ``ftkit-runs``, run folders' paths, or what ``ftkit.run(…)`` returned.

    Returns
    -------
    SideBySide
        Shows itself in a notebook; printed, it is a few lines of text.

    Raises
    ------
    RunError
        Where there is no such run, none was named, or some learn from rewards and others from examples.
    """
    # One name is a text, which is a sequence of letters: it is no list of runs.
    several: Sequence[Any] = [runs] if isinstance(runs, str | Path | RunFolder) else list(runs)
    folders = [run if isinstance(run, RunFolder) else RunFolder(run) for run in several]
    if not folders:
        raise RunError("No run was named.", 'Name some: ftkit.side_by_side(["pirate-1", "pirate-2"]).')
    missing = [folder.name for folder in folders if not folder.exists()]
    if missing:
        raise RunError(
            f"There is no run {', '.join(map(repr, missing))} here.",
            "Train it first, or look at the list that `ftkit runs` prints.",
        )
    notes: list[str] = []
    found = [_one(folder, notes) for folder in folders]
    measured = [one for one in found if one.points]
    if len({one.measure for one in measured}) > 1:
        raise RunError(
            "Some of these runs are judged by their loss and others by their reward: one chart cannot hold both.",
            "Set those of one kind side by side.",
        )
    if len({one.data for one in measured}) > 1:
        notes.append(
            "These runs were not measured on the same examples, read in the same way: their numbers cannot be "
            "held against one another."
        )
    often = Counter(one.technique for one in found)
    named = [
        one if often[one.technique] == 1 else replace(one, label=f"{one.technique} ({one.run})")
        for one in found
    ]
    return SideBySide(tuple(named), tuple(notes))


def _one(folder: RunFolder, notes: list[str]) -> OneRun:
    history, actual, speed = History.from_run(folder), folder.actual(), folder.read_rows("speed.jsonl")
    model = actual.get("model") or {}
    if actual.get("differences"):
        notes.append(f"The run {folder.name!r} was trained with other settings than its recipe says.")
    technique, measure = _technique(folder), history.measure
    data = (actual.get("data") or {}).get("eval") or {}
    return OneRun(
        run=folder.name,
        technique=technique,
        label=technique,
        trainable=model.get("trainable"),
        parameters=model.get("parameters"),
        seconds_a_step=seconds_a_step(folder),
        memory=_memory(speed),
        measure=measure.name,
        points=[point for point in measure.eval if math.isfinite(point[1])],
        best=measure.best,
        base=measure.base,
        verdict=_verdict(folder),
        data=f"{data.get('rows')} {data.get('content')}",
    )


def _technique(folder: RunFolder) -> str:
    try:
        text = folder.recipe_text()
        return METHODS[recipe_from_yaml(text).method.name].label if text else "a run without a recipe"
    except RecipeError:
        return "a run whose recipe cannot be read"


def _verdict(folder: RunFolder) -> str:
    state = folder.state()
    if state["state"] not in ("finished", "stopped"):
        return f"{state['state']}: {state['why']}" if state["why"] else state["state"]
    word = VERDICT_WORDS.get(str(folder.verdict().get("verdict", "")), "No verdict")
    return f"{word} (stopped early)" if state["state"] == "stopped" else word


def _memory(rows: list[dict[str, Any]]) -> int | None:
    for name in ("gpu_memory_peak", "memory_peak"):
        held = [row[name] for row in rows if _above_zero(row.get(name))]
        if held:
            return int(max(held))
    return None


def _above_zero(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and value > 0
