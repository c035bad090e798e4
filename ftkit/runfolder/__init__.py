"""The run folder: the one place where a run is written, read and listed."""

from ftkit.runfolder.folder import STATES, RunFolder
from ftkit.runfolder.history import History
from ftkit.runfolder.listing import RunSummary, next_name, runs
from ftkit.runfolder.metric_names import better_when
from ftkit.runfolder.metrics import Kept
from ftkit.runfolder.naming import RUNS

__all__ = ["RUNS", "STATES", "History", "Kept", "RunFolder", "RunSummary", "better_when", "next_name", "runs"]
