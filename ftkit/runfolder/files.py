"""Small files that survive a crash: JSON replaced in one go, lines that are only ever appended."""

from __future__ import annotations

import errno
import json
import math
import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from ftkit.errors import RunError

# JSON knows no such numbers; as text they survive and float() reads them back.
NOT_FINITE = {"nan": "NaN", "inf": "Infinity", "-inf": "-Infinity"}


def plain(value: Any) -> Any:
    """The value as JSON can hold it: numbers that are not finite as text, odd objects by their repr."""
    if isinstance(value, bool) or value is None or isinstance(value, int | str):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else NOT_FINITE[str(value)]
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, set | frozenset):
        return [plain(item) for item in sorted(value, key=str)]
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if isinstance(value, os.PathLike):
        return os.fspath(value)
    if hasattr(value, "item") and getattr(value, "size", None) == 1:
        return plain(value.item())  # a number of numpy's
    return repr(value)


def dump(value: Any, indent: int | None = None) -> str:
    """The value as JSON text that every reader accepts."""
    return json.dumps(plain(value), ensure_ascii=False, allow_nan=False, indent=indent)


def replace_text(path: Path, text: str) -> None:
    """Write a file so that a reader sees the old text or the new, never half of it.

    On a full disk there is no room for a second copy: a file that exists is then overwritten in
    place, so that at least the state of the run gets through.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        beside.write_text(text, encoding="utf-8")
        beside.replace(path)
    except OSError as error:
        beside.unlink(missing_ok=True)
        if error.errno != errno.ENOSPC or not path.exists():
            raise
        with path.open("r+b") as file:
            file.write(text.encode("utf-8"))
            file.truncate()


def append_lines(path: Path, rows: Iterable[Any]) -> None:
    """Add one JSON document a row; the lines are in the file when this returns."""
    text = "".join(f"{dump(row)}\n" for row in rows)
    with path.open("a", encoding="utf-8") as file:
        file.write(text)


def end_last_line(path: Path) -> None:
    """Close a line that a killed process left half written, so that the next one stands by itself."""
    if not path.exists() or path.stat().st_size == 0:
        return
    with path.open("r+b") as file:
        file.seek(-1, os.SEEK_END)
        if file.read(1) != b"\n":
            file.write(b"\n")


def read_json(path: Path) -> dict[str, Any]:
    """A JSON object from a file; empty where there is no file.

    Raises
    ------
    RunError
        Where the file holds something else.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError) as error:
        raise RunError(f"{path.name} of the run cannot be read ({error}).", "Look at the file.") from error
    try:
        value = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise RunError(
            f"{path.name} of the run is damaged ({error}).", "Take it from a copy, or delete it."
        ) from error
    if not isinstance(value, dict):
        raise RunError(f"{path.name} of the run holds no JSON object.", "Take it from a copy, or delete it.")
    return value


def read_lines(path: Path) -> Iterator[dict[str, Any] | str]:
    """The JSON objects of a file with one a line; for a line that is none, why, as a sentence.

    The last line is passed over where it has no end: someone is writing it right now.
    """
    try:
        file = path.open("rb")
    except FileNotFoundError:
        return
    with file:
        for number, line in enumerate(file, 1):
            if not line.strip():
                continue
            try:
                row = json.loads(line)
            except (ValueError, RecursionError):
                if line.endswith(b"\n"):
                    yield f"line {number} of {path.name} is no JSON"
                continue
            yield row if isinstance(row, dict) else f"line {number} of {path.name} is no JSON object"
