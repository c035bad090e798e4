"""Writing data as three standard files: the same input and the same settings give the same bytes."""

from __future__ import annotations

import filecmp
import hashlib
import json
import os
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ftkit.data.conversion import Progress, Wanted
from ftkit.data.data_card import CARD, card_text, stated_licence
from ftkit.data.inspection import Inspection, described
from ftkit.data.mapping import ColumnSource
from ftkit.data.pipeline import Outcome, Shares, asked, run
from ftkit.data.sources import PARTS, Source
from ftkit.errors import DataError

if TYPE_CHECKING:
    from datasets import DatasetDict

RECORD = "prepared.json"
"""Beside the three files: what they were made from, and their hashes. A folder without it is not ours to overwrite,
nor is a file whose hash is another one."""
FORMS_OF_FILE = ("jsonl", "parquet")


@dataclass(frozen=True)
class Written:
    """Prepared files.

    Attributes
    ----------
    folder
        Where they are.
    files
        By part.
    inspection
        What was found out on the way.
    """

    folder: Path
    files: dict[str, Path]
    inspection: Inspection


def prepare_data(
    source: Source,
    *,
    task: str = "auto",
    family: str = "auto",
    columns: Mapping[str, ColumnSource] | None = None,
    system: str | None = None,
    fixes: Sequence[str] = (),
    group: str | None = None,
    validation_share: float = 0.1,
    test_share: float = 0.1,
    seed: int = 42,
    model: str | Path | None = None,
    max_length: int | None = None,
    overlap: int = 0,
    licence: str | None = None,
    out: str | Path | None = None,
    form: str = "jsonl",
    progress: Progress | None = None,
) -> DatasetDict:
    """Turn data into train, validation and test files in a trainer's standard form, and load them.

    For supervised fine-tuning every row holds ``prompt`` and ``completion``, each a list of messages with ``role``
    and ``content``: TRL's conversational prompt–completion form. Rows that do not fit are left out;
    :func:`inspect_data` shows them, and so does the ``card.md`` beside the files.

    Parameters
    ----------
    source, task, family, columns, system, fixes, group, validation_share, test_share, seed, model, max_length, overlap, progress
        As for :func:`inspect_data`.
    licence
        Under what conditions the source may be used, for the card.
    out
        The folder for the files; ``data/<name of the source>`` by default.
    form
        ``"jsonl"`` or ``"parquet"``.

    Returns
    -------
    datasets.DatasetDict
        With train, validation and test.

    Raises
    ------
    DataError
        If nothing can be trained on, or the folder holds other files of these names, or files of ours that were
        changed by hand. Then nothing is written.
    """
    from ftkit.data.arrow import as_dataset

    wanted, shares = asked(
        task=task,
        family=family,
        columns=columns,
        system=system,
        fixes=fixes,
        group=group,
        max_length=max_length,
        overlap=overlap,
        validation_share=validation_share,
        test_share=test_share,
        seed=seed,
    )
    outcome, _ = _prepared(source, wanted, shares, model, licence, out, form, progress)
    return as_dataset(outcome.work.store, outcome.parts, outcome.work.form)


def write_data(
    source: Source,
    *,
    model: str | Path | None = None,
    licence: str | None = None,
    out: str | Path | None = None,
    form: str = "jsonl",
    progress: Progress | None = None,
    **settings: Any,
) -> Written:
    """The files of :func:`prepare_data`, which has the same arguments, and what was found out on the way.

    Nothing is loaded afterwards, and ``datasets`` is not imported.

    Raises
    ------
    DataError
        As :func:`prepare_data`.
    """
    wanted, shares = asked(**settings)
    return _prepared(source, wanted, shares, model, licence, out, form, progress)[1]


def _prepared(
    source: Source,
    wanted: Wanted,
    shares: Shares,
    model: str | Path | None,
    licence: str | None,
    out: str | Path | None,
    form: str,
    progress: Progress | None,
) -> tuple[Outcome, Written]:
    if form not in FORMS_OF_FILE:
        raise DataError(f"There is no form of file called {form!r}.", "Choose jsonl or parquet.")
    outcome = run(source, wanted, shares, model=model, progress=progress)
    if outcome.refusal:
        raise DataError(outcome.refusal, outcome.how_to_say)
    found = described(source, wanted, outcome, model)
    paths = sorted({table.path for several in outcome.work.tables.values() for table in several})
    folder = _folder(source, [path for path in paths if path.is_file()], out)
    settings = {
        "task": found.task,
        "family": wanted.family,
        "columns": dict(wanted.columns),
        "system": wanted.system,
        "fixes": list(wanted.fixes) or None,
        "group": wanted.group,
        "max_length": wanted.max_length,
        "overlap": wanted.overlap or None,
        "validation_share": shares.validation,
        "test_share": shares.test,
        "seed": shares.seed,
    }
    settings = {name: value for name, value in settings.items() if value is not None or name == "system"}
    sources = {path.name: _digest(path) for path in paths if path.is_file()}
    record = {"ftkit": 1, "source": sources, "settings": settings, "rows": found.parts}
    # The split keeps near-duplicates together where the package that finds them is installed: another machine may differ.
    record["near_duplicates_kept_together"] = not outcome.work.checks.not_looked()
    files = {part: folder / f"{part}.{form}" for part in PARTS}
    if progress:
        progress(found.rows, found.rows, f"writing {folder}")

    def fill(half: Path) -> None:
        for part, path in files.items():
            _write_part(half / path.name, outcome, part, form)
        digests = {path.name: _digest(half / path.name) for path in files.values()}
        said = licence or stated_licence(folder / CARD)
        card = card_text(found, sources=sources, files=digests, settings=settings, licence=said)
        _write_text(half / CARD, card)
        whole = {**record, "files": digests}
        _write_text(half / RECORD, json.dumps(whole, ensure_ascii=False, sort_keys=True) + "\n")

    _all_or_nothing(folder, fill)
    return outcome, Written(folder, files, found)


def _folder(source: Source, paths: Sequence[Path], out: str | Path | None) -> Path:
    sources = {path.resolve() for path in paths}
    if out is None:
        folder = Path("data") / _name(source)
        if any(path.parent == folder.resolve() for path in sources):
            folder = folder.with_name(f"{folder.name}-prepared")
    else:
        folder = Path(out).expanduser()
    targets = [folder / f"{part}.{form}" for part in PARTS for form in FORMS_OF_FILE]
    if any(target.resolve() in sources for target in targets):
        raise DataError(
            f"{str(folder)!r} is where your own files are; they stay as they are.",
            "Choose another folder as out.",
        )
    theirs = [*targets, folder / CARD]
    if any(target.exists() for target in theirs) and not (folder / RECORD).is_file():
        raise DataError(
            f"The folder {str(folder)!r} holds data files that ftkit did not write.",
            "Choose another folder as out.",
        )
    if edited := _edited(folder):
        raise DataError(
            f"{str(edited)!r} was changed since ftkit wrote it, and stays as it is.",
            "Choose another folder as out; or move that file away, and then run this again.",
        )
    return folder


def _edited(folder: Path) -> Path | None:
    """A file of ours that the person has changed."""
    try:
        record = json.loads((folder / RECORD).read_text(encoding="utf-8"))
        written = dict(record["files"])
    except (OSError, ValueError, KeyError, TypeError):
        return None  # none is there, or it comes from a version that kept no hashes
    paths = {folder / name: digest for name, digest in written.items() if Path(name).name == name}
    return next((path for path, digest in paths.items() if path.is_file() and _digest(path) != digest), None)


def _name(source: Source) -> str:
    first = next(iter(source.values())) if isinstance(source, Mapping) else source
    if isinstance(first, (list, tuple)):
        first = first[0]
    if not isinstance(first, (str, Path)):
        return "prepared"
    path = Path(first)
    return path.name if path.is_dir() or not path.exists() else path.stem


def _write_part(path: Path, outcome: Outcome, part: str, form: str) -> None:
    store, ordinals = outcome.work.store, outcome.parts[part]
    if form == "parquet":
        from ftkit.data.arrow import description, write_parquet

        write_parquet(path, store, ordinals, description(outcome.work.form, store))
        with path.open("rb") as file:
            os.fsync(file.fileno())
        return
    with path.open("wb") as file:
        for line in store.lines(ordinals):
            file.write(line)
            file.write(b"\n")
        file.flush()
        os.fsync(file.fileno())


def _write_text(path: Path, text: str) -> None:
    with path.open("wb") as file:
        file.write(text.encode())
        file.flush()
        os.fsync(file.fileno())


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _all_or_nothing(folder: Path, fill: Any) -> None:
    """All files or none: they are written beside the folder first and moved only when complete."""
    half = folder.with_name(f".{folder.name}.{secrets.token_hex(4)}.part")
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        half.mkdir()
        try:
            fill(half)
            _move(half, folder)
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


def _move(half: Path, folder: Path) -> None:
    if not folder.exists():
        half.rename(folder)
        return
    new = sorted(path.name for path in half.iterdir())
    old = {f"{part}.{form}" for part in PARTS for form in FORMS_OF_FILE} - set(new)
    stale = [folder / name for name in sorted(old) if (folder / name).is_file()]
    if not stale and all(_equal(half / name, folder / name) for name in new):
        return
    for name in new:
        (half / name).replace(folder / name)
    for path in stale:
        path.unlink()


def _equal(one: Path, other: Path) -> bool:
    return other.is_file() and filecmp.cmp(one, other, shallow=False)
