"""A table in memory kept as a file, so that a recipe, a cell and a later session can read it again."""

from __future__ import annotations

import filecmp
import json
import secrets
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ftkit.data.folders import PARTS
from ftkit.data.reading import tables
from ftkit.data.sources import open_source
from ftkit.errors import DataError


def is_table(source: Any) -> bool:
    """Whether these are tables in memory: a DataFrame, a Dataset, or several of them by part."""
    if isinstance(source, Mapping) and not tables.in_memory(source):
        return bool(source) and all(map(tables.in_memory, source.values()))
    return tables.in_memory(source)


def keep_table(source: Any, name: str, folder: Path | None = None) -> tuple[Path, int]:
    """Write a table as JSON lines: a file, or a folder with one file a part. Nothing that is there is overwritten.

    Parameters
    ----------
    source
        What :func:`is_table` says yes to.
    name
        What to call it, without an ending; a number is added where something else has that name.
    folder
        Where to; the working directory where None.

    Returns
    -------
    tuple
        The file or folder, and how many rows were written: none where the very same ones were there already.

    Raises
    ------
    DataError
        If it has no rows, or the folder cannot be written.
    """
    folder = folder or Path()
    opened = open_source(source)
    half = folder / f".{name}.{secrets.token_hex(4)}.part"
    try:
        half.mkdir()
        try:
            rows = sum(_write(half / f"{part}.jsonl", opened[part]) for part in opened)
            if set(opened) == {PARTS[0]}:
                return _settle(half / f"{PARTS[0]}.jsonl", folder, name, ".jsonl", rows)
            return _settle(half, folder, name, "", rows)
        finally:
            if half.exists():
                shutil.rmtree(half)
    except OSError as error:
        raise DataError(
            f"The table cannot be saved beside the notebook ({error.strerror or error}).",
            "Make room, or save it as a file yourself and give its path.",
        ) from error


def _write(path: Path, several: Any) -> int:
    rows = 0
    with path.open("w", encoding="utf-8", newline="\n") as file:
        for table in several:
            for record in table.records():
                try:
                    line = json.dumps(record.value, ensure_ascii=False, default=repr)
                    line.encode()
                except UnicodeEncodeError:  # half a character: kept as it is, to be counted when it is read
                    line = json.dumps(record.value, default=repr)
                file.write(line + "\n")
                rows += 1
    return rows


def _settle(half: Path, folder: Path, name: str, ending: str, rows: int) -> tuple[Path, int]:
    """Move what was written to the first name that is free, or find that it is there already."""
    number = 1
    while True:
        target = folder / f"{name if number == 1 else f'{name}-{number}'}{ending}"
        if not target.exists() and not target.is_symlink():
            half.rename(target)
            return target, rows
        if _same(half, target):
            return target, 0
        number += 1


def _same(half: Path, target: Path) -> bool:
    if half.is_file():
        return target.is_file() and filecmp.cmp(half, target, shallow=False)
    names = sorted(path.name for path in half.iterdir())
    if not target.is_dir() or sorted(path.name for path in target.iterdir()) != names:
        return False
    return not any(filecmp.cmpfiles(half, target, names, shallow=False)[1:])
