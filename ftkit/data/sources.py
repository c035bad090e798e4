"""From what a person points at to opened tables, and the part that each one is."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from ftkit.data import hub
from ftkit.data.folders import ALIASES, PARTS, Found, divide, in_folder, is_data
from ftkit.data.reading import Stored, Table, lists_in, on_disk, open_stored, reader_of, resolved, tables
from ftkit.data.reading.archives import members
from ftkit.data.reading.stored import starts
from ftkit.errors import DataError

if TYPE_CHECKING:
    import datasets
    import pandas as pd

__all__ = ["PARTS", "Source", "find_files", "open_source"]

Source: TypeAlias = "str | Path | Sequence[str | Path] | Mapping[str, Any] | pd.DataFrame | datasets.Dataset | datasets.DatasetDict"
"""A path, a hub id, several paths, these by part, or a table in memory."""


def open_source(source: Source) -> dict[str, list[Table]]:
    """The opened tables of a source by part: ``{"train": …}`` alone where there is only one part.

    Parameters
    ----------
    source
        A file; a folder or a ZIP with one data file, with files called train, validation and test, or with several
        of one form; a dataset on the Hugging Face hub (``owner/name``, where there is no such path); a pandas
        DataFrame, a Dataset or a DatasetDict; a list of files; or a mapping from train, validation and test to these.

    Raises
    ------
    DataError
        If nothing is there, a file cannot be read, or it is left open which files are meant.
    """
    opened: dict[str, list[Table]] = {}
    for part, found, notes in _parts(source):
        tables_here = [found] if isinstance(found, Table) else [open_stored(file) for file in found]
        if notes:
            tables_here[0] = replace(tables_here[0], notes=(*notes, *tables_here[0].notes))
        opened.setdefault(part, []).extend(tables_here)
    return {part: opened[part] for part in PARTS if part in opened}


def find_files(source: Source) -> dict[str, list[Path]]:
    """The files on the disk that a source is read from, by part; none of a table in memory.

    Raises
    ------
    DataError
        As :func:`open_source`, except for what only shows when a file is opened.
    """
    files: dict[str, list[Path]] = {}
    for part, found, _ in _parts(source):
        paths = [] if isinstance(found, Table) else [file.path for file in found]
        files[part] = list(dict.fromkeys([*files.get(part, ()), *paths]))
    return {part: files[part] for part in PARTS if part in files}


_Part: TypeAlias = "tuple[str, list[Stored] | Table, tuple[str, ...]]"


def _parts(source: Any) -> Iterator[_Part]:
    """What each part consists of, tables in memory opened, files only found; and what was left aside for it."""
    if (several := tables.by_part(source)) is not None:
        source = _named_parts(several)
    if isinstance(source, Mapping):
        unknown = sorted(map(str, set(source) - set(PARTS)))
        if unknown or "train" not in source:
            raise DataError(
                f"The parts given are {sorted(map(str, source))!r}.",
                "Give at least train, and besides only validation and test.",
            )
        for part in PARTS:
            if part in source:
                yield from _one_part(part, source[part])
    elif isinstance(source, (str, Path)):
        found = _locate(source)
        notes = found.notes
        for part, files in found.parts.items():
            yield part, files, notes
            notes = ()
    else:
        yield from _one_part("train", source)


def _one_part(part: str, source: Any) -> Iterator[_Part]:
    """What all belongs to one part."""
    if tables.in_memory(source):
        yield part, tables.open_table(source), ()
        return
    paths = source if isinstance(source, Sequence) and not isinstance(source, str) else [source]
    if not paths or not all(isinstance(path, (str, Path)) for path in paths):
        raise DataError(
            f"ftkit does not read data from a {type(source).__name__}.",
            "Give a file, a folder, a hub id, a DataFrame or a Dataset.",
        )
    for path in paths:
        found = _locate(path)
        if set(found.parts) != {"train"}:
            raise DataError(
                f"{str(path)!r} is given for one part, and holds {' and '.join(found.parts)} itself.",
                "Point at the files of that part.",
            )
        yield part, found.parts["train"], found.notes


def _named_parts(several: Mapping[str, Any]) -> dict[str, Any]:
    """A DatasetDict's tables under our names; one table alone is the train part, whatever it is called."""
    if len(several) == 1:
        return {"train": next(iter(several.values()))}
    found: dict[str, Any] = {}
    for name, table in several.items():
        part = next((part for part, names in ALIASES.items() if str(name).lower() in names), None)
        if part is None or part in found:
            raise DataError(
                f"The DatasetDict holds the parts {list(map(str, several))!r}.",
                'Say which is which: {"train": dataset["…"], "test": dataset["…"]}.',
            )
        found[part] = table
    return found


def _locate(source: str | Path) -> Found:
    if not str(source).strip():
        raise DataError("No data was given.", "Type the path of a file or folder with your examples.")
    if "\0" in str(source):
        raise DataError("The path holds a NUL character.", "Type it again.")
    path = Path(source).expanduser()
    try:
        there = path.exists()
    except OSError:
        there = False
    if not there:
        return _elsewhere(str(source), path)
    if path.is_dir():
        return divide(in_folder(path), f"The folder {str(path)!r}")
    if path.suffix.lower() == ".zip" or (starts(path).startswith(b"PK\x03\x04") and not is_data(path.name)):
        files = {file.member: file for file in members(path) if _is_data(file.member)}
        return divide(files, f"The file {str(path)!r}")
    file = on_disk(path)
    reader_of(resolved(file)[0])
    return _parts_inside(file) or Found({"train": [file]})


def _parts_inside(file: Stored) -> Found | None:
    """The parts that one file holds itself, as lists under their names; None where it does not."""
    keys = lists_in(file)
    named = {
        part: next((key for key in keys if key.strip().lower() in names), "")
        for part, names in ALIASES.items()
    }
    if not named["train"] or not (named["validation"] or named["test"]):
        return None
    return Found({part: [replace(file, key=key)] for part, key in named.items() if key})


def _is_data(name: str) -> bool:
    return is_data(name) and not any(part.startswith((".", "__")) for part in name.split("/")[:-1])


def _elsewhere(source: str, path: Path) -> Found:
    """A path that leads nowhere: a slip, or a dataset on the hub."""
    siblings = [p.name for p in path.parent.iterdir()] if path.parent.is_dir() else []
    close = difflib.get_close_matches(path.name, siblings, n=1)
    on_hub = hub.hub_id(source)
    if on_hub and not close:
        return hub.fetch(*on_hub)
    hint = (
        f"Did you mean {str(path.parent / close[0])!r}?"
        if close
        else f"ftkit looked for it in {str(Path.cwd())!r}."
    )
    raise DataError(f"There is no file or folder {str(path)!r}.", hint)
