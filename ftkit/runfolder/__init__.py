"""The run folder: the one place where a run is written, read and listed."""

from ftkit.runfolder.folder import RUNS, STATES, RunFolder
from ftkit.runfolder.history import History
from ftkit.runfolder.listing import RunSummary, next_name, runs

__all__ = ["RUNS", "STATES", "History", "RunFolder", "RunSummary", "next_name", "runs"]
