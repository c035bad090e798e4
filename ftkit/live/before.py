"""The run before: its evaluations, to be drawn under those of the run that changed something."""

from __future__ import annotations

from typing import NamedTuple

from ftkit.errors import FtkitError
from ftkit.recipe import recipe_from_yaml
from ftkit.runfolder import History, RunFolder
from ftkit.runfolder.history import Points


class Earlier(NamedTuple):
    """An earlier run's name, and its pairs of step and evaluation."""

    run: str
    points: Points


def earlier_run(run: RunFolder) -> Earlier | None:
    """The run that a run's recipe calls its parent; None where the two were not measured alike."""
    try:
        name = recipe_from_yaml(run.recipe_text()).parent
        if name is None:
            return None
        folder = RunFolder(name, run.path.parent)
        if not folder.exists() or _measured_on(folder) != _measured_on(run):
            return None
        measure = History.from_run(folder).measure
    except FtkitError:
        return None  # a damaged folder is no reason to draw nothing
    return Earlier(name, measure.eval) if measure.eval and measure.name == "loss" else None


def _measured_on(run: RunFolder) -> tuple[object, object]:
    """Which examples the evaluations are about, and how they were read."""
    data = run.actual().get("data")
    found = data.get("eval") if isinstance(data, dict) else None
    found = found if isinstance(found, dict) else {}
    return found.get("rows"), found.get("content")
