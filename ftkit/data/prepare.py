"""Writing data as three standard files: the same input and the same settings give the same bytes."""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from ftkit.data.identity import source_hash
from ftkit.data.inspection import prepared_parts
from ftkit.data.sources import PARTS, Source, find_files
from ftkit.data.turns import Row
from ftkit.errors import DataError

if TYPE_CHECKING:
    from datasets import DatasetDict

RECORD = "prepared.json"
"""Beside the three files: what they were made from. A folder without it is not ours to overwrite."""


def prepare_data(
    source: Source,
    *,
    family: str = "auto",
    columns: Mapping[str, str] | None = None,
    system: str | None = None,
    validation_share: float = 0.1,
    test_share: float = 0.1,
    seed: int = 42,
    out: str | Path | None = None,
) -> DatasetDict:
    """Turn a data file into ``train.jsonl``, ``validation.jsonl`` and ``test.jsonl``, and load them.

    Every line holds ``prompt`` and ``completion``, each a list of messages with ``role`` and ``content``:
    TRL's conversational prompt–completion form. Rows that do not fit are left out; :func:`inspect_data` shows them.

    Parameters
    ----------
    source, family, columns, system, validation_share, test_share, seed
        As for :func:`inspect_data`.
    out
        The folder for the files; ``data/<name of the source>`` by default.

    Returns
    -------
    datasets.DatasetDict
        With train, validation and test.

    Raises
    ------
    DataError
        If nothing can be trained on, or the folder holds other files of these names. Then nothing is written.
    """
    settings = {
        "family": family,
        "columns": dict(columns or {}),
        "system": system,
        "validation_share": validation_share,
        "test_share": test_share,
        "seed": seed,
    }
    parts = prepared_parts(source, **settings)  # type: ignore[arg-type]
    folder = _folder(source, out)
    names = {Path(path).name: digest for path, digest in source_hash(source).items()}
    record = {
        "ftkit": 1,
        "source": names,
        "settings": settings,
        "rows": {part: len(parts[part]) for part in PARTS},
    }
    _write(folder, {f"{part}.jsonl": _lines(parts[part]) for part in PARTS}, _json(record) + "\n")
    return _dataset(parts)


def _folder(source: Source, out: str | Path | None) -> Path:
    sources = {path.resolve() for path in find_files(source).values()}
    if out is None:
        first = Path(next(iter(source.values()))) if isinstance(source, Mapping) else Path(source)
        folder = Path("data") / (first.name if first.is_dir() else first.stem)
        if any(path.parent == folder.resolve() for path in sources):
            folder = folder.with_name(f"{folder.name}-prepared")
    else:
        folder = Path(out).expanduser()
    targets = [folder / f"{part}.jsonl" for part in PARTS]
    if any(target.resolve() in sources for target in targets):
        raise DataError(
            f"{str(folder)!r} is where your own files are; they stay as they are.",
            "Choose another folder as out.",
        )
    if any(target.exists() for target in targets) and not (folder / RECORD).is_file():
        raise DataError(
            f"The folder {str(folder)!r} holds data files that ftkit did not write.",
            "Choose another folder as out.",
        )
    return folder


def _lines(rows: list[Row]) -> str:
    return "".join(_json(row) + "\n" for row in rows)


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True)


def _write(folder: Path, files: Mapping[str, str], record: str) -> None:
    """All files or none: they are written beside the folder first and moved only when complete."""
    wanted = {**files, RECORD: record}
    if all(
        (folder / name).is_file() and (folder / name).read_bytes() == text.encode()
        for name, text in wanted.items()
    ):
        return
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        half = folder.with_name(f".{folder.name}.{secrets.token_hex(4)}.part")
        half.mkdir()
        try:
            for name, text in wanted.items():
                with (half / name).open("wb") as file:
                    file.write(text.encode())
                    file.flush()
                    os.fsync(file.fileno())
            if folder.exists():
                for name in wanted:
                    (half / name).replace(folder / name)
            else:
                half.rename(folder)
        finally:
            if half.exists():
                for leftover in half.iterdir():
                    leftover.unlink()
                half.rmdir()
    except OSError as error:
        raise DataError(
            f"The files cannot be written to {str(folder)!r}: {error.strerror or error}.",
            "Choose another folder as out, or make room on the disk.",
        ) from error


def _dataset(parts: Mapping[str, list[Row]]) -> DatasetDict:
    """What the files hold, without reading them again: datasets' JSON reader makes dates of answers that look so."""
    from datasets import Dataset, DatasetDict, Features, Value

    message = {"role": Value("string"), "content": Value("string")}
    features = Features({"prompt": [message], "completion": [message]})
    return DatasetDict({part: Dataset.from_list(parts[part], features=features) for part in PARTS})
