"""Rows of the run folder while the training goes on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ftkit.runfolder import History, RunFolder

# What differs between two equal runs belongs into speed.jsonl.
_TIMES = ("runtime", "per_second", "_time")
# TRL counts from zero again in a resumed run, but where the model writes the answers itself.
_COUNTERS = ("num_tokens", "eval_num_tokens")


class Record:
    """Writes metrics and keeps the same history in memory, so that nobody reads the file for it.

    Parameters
    ----------
    folder
        Of a run whose attempt has begun.
    history
        What counts of earlier attempts.
    counts_on
        Whether the trainer's counter of tokens goes on where an earlier attempt left it.
    """

    def __init__(self, folder: RunFolder, attempt: int, history: History, *, counts_on: bool = False) -> None:
        self.folder = folder
        self.attempt = attempt
        self.history = history
        self._before = max(
            (row[key] for row in history.rows for key in _COUNTERS if isinstance(row.get(key), int | float)),
            default=0.0,
        )
        self._to_add = 0.0 if counts_on else self._before

    @property
    def tokens(self) -> float:
        """Tokens that earlier attempts were trained on."""
        return self._before

    def log(self, step: int, logs: Mapping[str, Any]) -> dict[str, Any]:
        """Write one row, keys named as in Trainer's ``log_history``; returns it."""
        row: dict[str, Any] = {"attempt": self.attempt, "step": step}
        for key, value in logs.items():
            if any(part in key for part in _TIMES):
                continue
            row[key] = value + self._to_add if key in _COUNTERS else value
        self.folder.append_metrics(row)
        self.history.add(row)
        return row

    def evaluated(self, rows: list[dict[str, Any]]) -> None:
        """Write the losses of single rows."""
        self.folder.append_evaluations(rows)
        self.history.add_evaluations(rows)
