"""From what a person points at to the files to read, and the part that each one is."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from pathlib import Path

from ftkit.data.read import SUFFIXES
from ftkit.data.reading import Table, open_file
from ftkit.errors import DataError

PARTS = ("train", "validation", "test")
ALIASES = {
    "train": ("train", "training"),
    "validation": ("validation", "valid", "val", "dev", "eval"),
    "test": ("test", "testing"),
}
Source = str | Path | Mapping[str, str | Path]


def open_source(source: Source) -> dict[str, list[Table]]:
    """The opened files of a source by part: ``{"train": …}`` alone where there is only one part.

    Raises
    ------
    DataError
        If nothing is there, a file cannot be read, or the folder's files leave open which is which.
    """
    return {part: [open_file(path)] for part, path in find_files(source).items()}


def find_files(source: Source) -> dict[str, Path]:
    """The files of a source by part: ``{"train": …}`` alone where there is only one file.

    Parameters
    ----------
    source
        A file; a folder with one data file or with files called train, validation and test; or a mapping
        from those names to files.

    Raises
    ------
    DataError
        If nothing is there, or the folder's files leave open which is which.
    """
    if isinstance(source, Mapping):
        unknown = sorted(set(source) - set(PARTS))
        if unknown or "train" not in source:
            raise DataError(
                f"The parts given are {sorted(source)!r}.",
                "Give at least train, and besides only validation and test.",
            )
        return {part: _existing(Path(source[part]).expanduser()) for part in PARTS if part in source}
    if not str(source).strip():
        raise DataError(
            "No data was given.", "Type the path of a JSON, JSONL or CSV file with your examples."
        )
    path = _existing(Path(source).expanduser())
    return _in_folder(path) if path.is_dir() else {"train": _readable(path)}


def _in_folder(folder: Path) -> dict[str, Path]:
    files = sorted(p for p in folder.iterdir() if p.suffix.lower() in SUFFIXES and p.is_file())
    found: dict[str, Path] = {}
    for part, aliases in ALIASES.items():
        matching = [p for p in files if p.stem.lower() in aliases]
        if len(matching) > 1:
            both = " and ".join(p.name for p in matching[:2])
            raise DataError(
                f"The folder {str(folder)!r} has two {part} parts: {both}.", "Remove one of them."
            )
        if matching:
            found[part] = matching[0]
    if "train" in found:
        return found
    # A card that describes the data is not data.
    files = [p for p in files if p.name != "card.json"]
    if len(files) == 1:
        return {"train": files[0]}
    if not files:
        raise DataError(
            f"The folder {str(folder)!r} holds no {_kinds()} file.",
            "Choose the folder or the file with your examples.",
        )
    names = ", ".join(p.name for p in files[:5])
    raise DataError(
        f"The folder {str(folder)!r} holds {len(files)} data files and none is called train: {names}.",
        "Point at one of them, or call them train, validation and test.",
    )


def _existing(path: Path) -> Path:
    if path.exists():
        return path
    siblings = [p.name for p in path.parent.iterdir()] if path.parent.is_dir() else []
    close = difflib.get_close_matches(path.name, siblings, n=1)
    hint = (
        f"Did you mean {str(path.parent / close[0])!r}?"
        if close
        else f"ftkit looked for it in {str(Path.cwd())!r}."
    )
    raise DataError(f"There is no file or folder {str(path)!r}.", hint)


def _readable(path: Path) -> Path:
    if path.suffix.lower() in SUFFIXES:
        return path
    raise DataError(
        f"The file {str(path)!r} ends in {path.suffix or 'nothing'!r}; ftkit reads {_kinds()}.",
        "Save it as one of these; spreadsheets can save as CSV.",
    )


def _kinds() -> str:
    return "JSON, JSONL and CSV"
