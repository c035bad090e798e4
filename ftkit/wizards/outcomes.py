"""What came of a click: refused, a question first, or done."""

from __future__ import annotations

from dataclasses import dataclass

from ftkit.runfolder import RunFolder
from ftkit.training.existing import has_checkpoint


@dataclass(frozen=True)
class Refused:
    """Nothing was done.

    Attributes
    ----------
    why
        Sentences: all obstacles at once.
    page
        The step on whose page the first can be removed; empty where it is no matter of the form.
    """

    why: tuple[str, ...]
    page: str = ""


@dataclass(frozen=True)
class RunExists:
    """Nothing was done: the run's name is taken, and the person has to choose.

    Attributes
    ----------
    resumable
        Whether there is a checkpoint to go on from.
    """

    run: str
    state: str
    resumable: bool


@dataclass(frozen=True)
class Done:
    """The notebook was changed.

    Attributes
    ----------
    written
        Steps whose cells were written or changed.
    running
        Steps whose cells are on their way to run, in order.
    kept
        Steps whose cells were edited by the person and stay as they are.
    left_alone
        Sentences about changes that a cell had no place for.
    """

    written: tuple[str, ...] = ()
    running: tuple[str, ...] = ()
    kept: tuple[str, ...] = ()
    left_alone: tuple[str, ...] = ()


Outcome = Refused | RunExists | Done


def run_exists(run: str) -> RunExists | None:
    """The run of this name, where one was started."""
    folder = RunFolder(run)
    if not folder.exists():
        return None
    state = str(folder.state()["state"])
    resumable = state not in ("finished", "running") and has_checkpoint(folder.checkpoints)
    return RunExists(run, state, resumable)
