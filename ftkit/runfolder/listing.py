"""All runs of a folder, newest first."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ftkit.errors import RunError
from ftkit.runfolder.folder import RunFolder
from ftkit.runfolder.history import History
from ftkit.runfolder.naming import LONGEST_NAME, RUNS


@dataclass(frozen=True)
class RunSummary:
    """One line of the run table.

    Attributes
    ----------
    state, why
        As in ``state.json``; a damaged file gives the state ``failed`` and says so in `why`.
    step, total_steps
        How far it came.
    base_loss, best_loss, best_step
        Evaluation loss of the untouched base; that of the best step, and which it is: the one that is kept.
    verdict
        Empty before there is one.
    """

    name: str
    path: str
    state: str
    why: str
    attempt: int
    started: str
    step: int
    total_steps: int | None
    base_loss: float | None
    best_loss: float | None
    best_step: int | None
    verdict: str

    def to_json(self) -> dict[str, Any]:
        """The line as plain data."""
        return dict(self.__dict__)


def _summary(folder: RunFolder) -> RunSummary:
    try:
        state = folder.state()
        verdict = folder.verdict()
    except RunError as error:
        state, verdict = {"state": "failed", "why": str(error), "attempt": 0, "step": 0}, {}
    history = History.from_run(folder)
    # Runs are listed by their losses; the loss of one that learns from rewards would only mislead.
    step, loss = (None if history.rewarded else history.measure.best) or (None, None)
    return RunSummary(
        name=folder.name,
        path=str(folder.path),
        state=state["state"],
        why=state["why"],
        attempt=state["attempt"],
        started=str(state.get("started", "")),
        step=max(history.last_step, state["step"]),
        total_steps=history.total_steps,
        base_loss=history.base_loss,
        best_loss=loss,
        best_step=step,
        verdict=str(verdict.get("verdict", "")),
    )


def runs(root: str | Path | None = None) -> list[RunSummary]:
    """Every run that was ever started in a folder, the latest first.

    Parameters
    ----------
    root
        The folder that holds runs; ``ftkit-runs`` in the working directory unless given.
    """
    folder = Path(root) if root is not None else Path.cwd() / RUNS
    if not folder.is_dir():
        return []
    started = [RunFolder(entry) for entry in sorted(folder.iterdir()) if (entry / "state.json").is_file()]
    found = [_summary(run) for run in started]
    return sorted(found, key=lambda run: run.started, reverse=True)


def next_name(run: str, root: str | Path | None = None) -> str:
    """The next free name after a run: ``pirate-1`` gives ``pirate-2``, ``poet`` gives ``poet-2``."""
    stem, dash, number = run.rpartition("-")
    base, count = (stem, int(number)) if dash and number.isdecimal() else (run, 1)
    while True:
        count += 1
        name = f"{base[: LONGEST_NAME - len(f'-{count}')]}-{count}"
        if not RunFolder(name, root).exists():
            return name
