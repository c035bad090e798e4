"""Many files in one place, a folder, a ZIP or a repository: which of them are data, and the part that each one is."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from ftkit.data.reading import READERS, Stored, kinds, on_disk, open_stored
from ftkit.errors import DataError

PARTS = ("train", "validation", "test")
ALIASES = {
    "train": ("train", "training"),
    "validation": ("validation", "valid", "val", "dev", "eval"),
    "test": ("test", "testing"),
}
MOST_FILES = 10_000
DEEPEST = 5
MANY_DOCUMENTS = 10
"""A folder with this many times more documents than tables is a folder of documents."""

_ABOUT = re.compile(
    r"(readme|licen[cs]e|notice|changelog|contributing|citation|authors)([._-].*)?|requirements.*\.txt"
    r"|(card|prepared|dataset_infos?|dataset_dict|state|config|package|metadata)\.json|card\.md",
    re.IGNORECASE,
)
"""What describes data and is none."""

_PART_OF = {
    part: re.compile(rf"(?P<before>.*?[-_.])??({'|'.join(names)})(?P<shard>[-_.]?\d[\d_.-]*(of[-_.]?\d+)?)?")
    for part, names in ALIASES.items()
}


@dataclass(frozen=True)
class Found:
    """The files of each part.

    Attributes
    ----------
    parts
        Files by part, in the order in which they are read.
    notes
        What was left aside.
    """

    parts: dict[str, list[Stored]]
    notes: tuple[str, ...] = ()


def in_folder(folder: Path) -> dict[str, Stored]:
    """The data files in a folder and the folders in it, by their paths in it.

    Raises
    ------
    DataError
        If there are thousands of files.
    """
    found: dict[str, Stored] = {}
    seen = 0
    for place, folders, names in os.walk(folder):
        inner = Path(place).relative_to(folder)
        folders[:] = sorted(name for name in folders if not name.startswith((".", "__")))
        if len(inner.parts) >= DEEPEST:
            folders.clear()
        seen += len(names)
        if seen > MOST_FILES:
            raise DataError(
                f"The folder {str(folder)!r} holds more than {MOST_FILES} files.",
                "Point at the folder that holds only your data.",
            )
        for name in sorted(names):
            path = Path(place) / name
            if is_data(name) and path.is_file():
                found[(inner / name).as_posix()] = on_disk(path)
    return found


def is_data(name: str) -> bool:
    """Whether a file's name is that of data."""
    bare = PurePosixPath(name).name
    if bare.startswith((".", "~$")) or _ABOUT.fullmatch(bare):
        return False
    return _suffix(bare) in READERS


def divide(files: Mapping[str, Stored], where: str) -> Found:
    """Say which files are which part: by their names, else all are one part if they are of one form.

    Parameters
    ----------
    files
        The data files by their paths in the place.
    where
        What a message calls the place: "The folder 'x'".

    Raises
    ------
    DataError
        If there are none, or it is left open which ones are meant.
    """
    if not files:
        raise DataError(
            f"{where} holds no file of data; ftkit reads {kinds()}.",
            "Choose the folder or the file with your examples.",
        )
    named = by_name(list(files), where)
    if named:
        used = {name for names in named.values() for name in names}
        return Found(
            {part: [files[name] for name in names] for part, names in named.items()}, _left_out(files, used)
        )
    rows, documents = sort_out(files)
    chosen = documents if not rows or len(documents) > MANY_DOCUMENTS * len(rows) else rows
    if chosen is rows and len(rows) > 1:
        chosen = _alike({name: files[name] for name in rows}, where)
    return Found({"train": [files[name] for name in chosen]}, _left_out(files, set(chosen)))


def sort_out(names: Iterable[str]) -> tuple[list[str], list[str]]:
    """Files of rows, and documents; of rows only those at the top where some are there."""
    rows: list[str] = []
    documents: list[str] = []
    for name in sorted(names, key=_natural):
        (rows if READERS[_suffix(name)].ROWS else documents).append(name)
    if rows:
        top = min(name.count("/") for name in rows)
        rows = [name for name in rows if name.count("/") == top]
    return rows, documents


def by_name(names: Sequence[str], where: str) -> dict[str, list[str]]:
    """The files by part where their names say it: ``train.csv``, ``data/train-00000-of-00002.parquet``, ``dev/a.json``.

    Returns
    -------
    dict
        Empty where none says that it is the train part.

    Raises
    ------
    DataError
        If two files, and not two pieces of one, are the same part.
    """
    rows = [name for name in names if READERS[_suffix(name)].ROWS]
    for candidates in (rows, [name for name in names if name not in set(rows)]):
        for loose in (False, True):
            found = {part: _of_part(candidates, part, loose) for part in PARTS}
            if not found["train"] or (loose and len(found["train"]) > 1):
                continue
            for part, groups in found.items():
                if len(groups) > 1:
                    both = " and ".join(groups[key][0] for key in list(groups)[:2])
                    raise DataError(f"{where} has two {part} parts: {both}.", "Remove one of them.")
            return {
                part: sorted(next(iter(groups.values())), key=_natural)
                for part, groups in found.items()
                if groups
            }
    return {}


def _of_part(names: Iterable[str], part: str, loose: bool) -> dict[tuple[str, ...], list[str]]:
    """The files of a part, those together that are pieces of one."""
    groups: dict[tuple[str, ...], list[str]] = {}
    for name in names:
        path = PurePosixPath(name.lower())
        suffix = _suffix(path.name)
        stem = path.name[: path.name.rindex(suffix)]
        match = _PART_OF[part].fullmatch(stem)
        if match and (loose or not match["before"]):
            piece = "pieces" if match["shard"] else stem
            groups.setdefault((str(path.parent), match["before"] or "", piece, suffix), []).append(name)
        elif path.parent.name in ALIASES[part]:
            groups.setdefault((str(path.parent), suffix), []).append(name)
    return groups


def _alike(files: Mapping[str, Stored], where: str) -> list[str]:
    """Those of several files that hold the same columns, if they are most of them."""
    groups: list[tuple[tuple[str, frozenset[str]], list[str]]] = []
    for name, file in files.items():
        kind, columns = READERS[_suffix(name)].KIND, _columns(file)
        for (its_kind, its_columns), members in groups:
            shared, both = len(columns & its_columns), len(columns | its_columns)
            if kind == its_kind and 2 * shared >= both:
                members.append(name)
                break
        else:
            groups.append(((kind, columns), [name]))
    best = max(groups, key=lambda group: len(group[1]))
    if 2 * len(best[1]) > len(files):
        return best[1]
    shown = "; ".join(
        f"{members[0]} ({kind}: {', '.join(sorted(columns)[:4]) or 'no columns'})"
        for (kind, columns), members in groups[:3]
    )
    raise DataError(
        f"{where} holds {len(files)} data files of different forms, and none is called train: {shown}.",
        "Point at one of them, or call them train, validation and test.",
    )


def _columns(file: Stored) -> frozenset[str]:
    records = open_stored(file).records()
    value = next((record.value for record in records if not record.problem), None)
    return frozenset(map(str, value)) if isinstance(value, dict) else frozenset()


def _left_out(files: Mapping[str, Stored], used: set[str]) -> tuple[str, ...]:
    others = [name for name in files if name not in used]
    if not others:
        return ()
    more = f" and {len(others) - 5} more" if len(others) > 5 else ""
    return (f"not read: {', '.join(others[:5])}{more}",)


def _suffix(name: str) -> str:
    path = PurePosixPath(name.lower())
    return PurePosixPath(path.stem).suffix if path.suffix == ".gz" else path.suffix


def _natural(name: str) -> list[tuple[int, str]]:
    """An order in which part 10 comes after part 9."""
    return [(int(piece), "") if piece.isdecimal() else (0, piece) for piece in re.split(r"(\d+)", name)]
