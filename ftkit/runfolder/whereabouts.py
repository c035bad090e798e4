"""Where to look for runs that are not in the working directory."""

from __future__ import annotations

import os
from pathlib import Path

from ftkit.runfolder.naming import RUNS


def tutorials_home() -> Path:
    """Where the person's copy of the tutorials is: ``$FTKIT_HOME``, else ``ftkit-tutorials`` in the home folder."""
    named = os.environ.get("FTKIT_HOME")
    return Path(named).expanduser().absolute() if named else Path.home() / "ftkit-tutorials"


def whereabouts() -> str:
    """Which folder was looked in for a run that is not here, and where there are some."""
    here = Path.cwd() / RUNS
    if _any_in(here):
        return f"`ftkit runs` lists those in {here}."
    none = f"There are no runs in {here}."
    try:
        tutorials = tutorials_home()
    except RuntimeError:
        return none  # a user without a home folder
    return (
        f"{none} Those of the tutorials are in {tutorials}: cd there first."
        if _any_in(tutorials / RUNS)
        else none
    )


def _any_in(runs: Path) -> bool:
    try:
        return any((entry / "state.json").is_file() for entry in runs.iterdir())
    except OSError:
        return False  # no such folder, or one that is not ours to read
