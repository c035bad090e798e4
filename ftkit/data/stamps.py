"""Whether files have changed since they were looked at."""

from __future__ import annotations

from pathlib import Path


def stamp(source: str) -> tuple[tuple[str, int, int], ...]:
    """What tells that a data file has changed: the size and time of each file that is meant."""
    path = Path(source).expanduser()
    files = sorted(path.iterdir()) if source and path.is_dir() else [path]
    return tuple((str(f), f.stat().st_mtime_ns, f.stat().st_size) for f in files if f.is_file())
