"""The rows that count of a run that was resumed: those that no later attempt went back behind."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

from ftkit.errors import RunError
from ftkit.runfolder import files
from ftkit.runfolder.figures import as_step, shortened
from ftkit.runfolder.folder import RunFolder


def starts_of(folder: RunFolder, problems: list[str]) -> dict[int, int]:
    """At which step each attempt began, by its number; empty where nobody noted it."""
    try:
        attempts = folder.state().get("attempts") or []
    except RunError as error:
        problems.append(str(error))
        return {}
    found = {}
    for entry in attempts if isinstance(attempts, list) else []:
        if isinstance(entry, dict):
            number, start = as_step(entry.get("attempt")), as_step(entry.get("from_step"))
            if number is not None and start is not None:
                found[number] = start
    return found


def counting(path: Path, starts: dict[int, int], problems: list[str]) -> list[dict[str, Any]]:
    """The rows of a file without those that a later attempt went back behind."""
    rows: list[tuple[int, int, dict[str, Any]]] = []
    first_seen: dict[int, int] = {}
    for row in files.read_lines(path):
        if isinstance(row, str):
            problems.append(row)
            continue
        attempt, step = as_step(row.get("attempt", 1)), as_step(row.get("step"))
        if attempt is None or step is None:
            problems.append(f"{path.name} has a row without attempt and step: {shortened(row)}")
            continue
        rows.append((attempt, step, row))
        # Without a note: an attempt's first training row lies behind its start, an evaluation may be at it.
        trained = "loss" in row and "row" not in row
        start = max(0, step - 1) if trained else step
        first_seen[attempt] = min(start, first_seen.get(attempt, start))
    first = {**first_seen, **starts}
    ends: dict[int, float] = {}
    end = math.inf
    for number in sorted(first, reverse=True):
        ends[number] = end
        end = min(end, first[number])
    return [row for attempt, step, row in sorted(rows, key=_attempt) if step <= ends[attempt]]


def _attempt(entry: tuple[int, int, dict[str, Any]]) -> int:
    return entry[0]
