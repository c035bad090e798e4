"""What a run folder knows beside its curves: how it was set up, on which machine, what was measured apart."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ftkit.errors import RunError
from ftkit.runfolder import RunFolder
from ftkit.runfolder.figures import as_number

_TAIL = 4096


@dataclass(frozen=True)
class Evidence:
    """All of it may be missing: then the checks that need it say so.

    Attributes
    ----------
    actual
        What the trainer really got (``actual.json``).
    machine
        Where it runs (``environment.json``).
    speed
        The latest row of ``speed.jsonl``.
    pairs
        Questions with the base's and the tuned model's answers (``comparison.json``).
    forgetting
        Losses on general text and plain facts before and after the training (``forgetting.json``).
    """

    actual: Mapping[str, Any] = field(default_factory=dict)
    machine: Mapping[str, Any] = field(default_factory=dict)
    speed: Mapping[str, Any] = field(default_factory=dict)
    pairs: Sequence[Mapping[str, Any]] = ()
    forgetting: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def from_run(cls, folder: RunFolder) -> Evidence:
        """What is in a run folder; a damaged file counts as missing."""
        pairs = _json(folder, "comparison.json").get("pairs")
        pairs = pairs if isinstance(pairs, list) else []
        return cls(
            actual=_json(folder, "actual.json"),
            machine=_json(folder, "environment.json"),
            speed=_last_row(folder),
            pairs=[pair for pair in pairs if isinstance(pair, Mapping)],
            forgetting=_json(folder, "forgetting.json"),
        )

    def argument(self, name: str) -> Any:
        """One of the trainer's arguments; ``None`` where it is not known."""
        arguments = self.actual.get("arguments")
        return arguments.get(name) if isinstance(arguments, Mapping) else None

    def fact(self, *path: str) -> Any:
        """Something of ``actual.json`` by its keys; ``None`` where it is not there."""
        found: Any = self.actual
        for key in path:
            found = found.get(key) if isinstance(found, Mapping) else None
        return found


def number(value: Any) -> float | None:
    """A value where it is a number."""
    return as_number(value) if isinstance(value, int | float) else None


def _json(folder: RunFolder, name: str) -> dict[str, Any]:
    from ftkit.runfolder import files

    try:
        found = files.read_json(folder.path / name)
    except RunError:
        return {}
    return found if isinstance(found, dict) else {}


def _last_row(folder: RunFolder) -> dict[str, Any]:
    """The last complete line of ``speed.jsonl``, without reading a file of a million lines."""
    path = folder.path / "speed.jsonl"
    try:
        with path.open("rb") as file:
            file.seek(max(0, path.stat().st_size - _TAIL))
            lines = file.read().decode("utf-8", "replace").splitlines()
    except OSError:
        return {}
    for line in reversed(lines):
        try:
            row = json.loads(line)
        except (ValueError, RecursionError):
            continue
        if isinstance(row, dict):
            return row
    return {}
