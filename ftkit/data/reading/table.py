"""One opened file: what it is, and its records as often as they are wanted."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from ftkit.data.records import Record
from ftkit.errors import DataError

HELD = 1000
"""So many broken records, and not a good one before them: the file is something else."""


@dataclass(frozen=True)
class Table:
    """The records of one file. Nothing of it is held: each call of :meth:`records` reads anew.

    Attributes
    ----------
    path
        The file on the disk; for data that is in memory, a name that is no file.
    format
        ``"json"``, ``"jsonl"``, ``"csv"``, ``"tsv"``, ``"parquet"``, ``"text"``, ``"markdown"``, ``"pdf"``, …
    name
        What the person calls it.
    plain
        Whether ``datasets.load_dataset`` reads the same file without further arguments.
    notes
        What was guessed or left aside, as phrases: "read as Windows-1252 (a guess)".
    read
        Gives the records; :meth:`records` calls it.
    """

    path: Path
    format: str
    name: str
    plain: bool
    notes: tuple[str, ...]
    read: Callable[[], Iterator[Record]] = field(repr=False, compare=False)

    def records(self) -> Iterator[Record]:
        """The records from the first one on, in bounded memory.

        Raises
        ------
        DataError
            If the file turns out to be broken as a whole, also on the way.
        """
        return self.read()


def at_least_one(
    records: Iterator[Record], error: Callable[[Record], DataError], held: int | None = HELD
) -> Iterator[Record]:
    """The records, if one of them is sound.

    Parameters
    ----------
    records
        As they are read.
    error
        Makes what is raised of the first record that is not sound.
    held
        How many that are not sound may come before the first one that is; None for any number.

    Raises
    ------
    DataError
        If none is.
    """
    waiting: list[Record] = []
    for record in records:
        waiting.append(record)
        if not record.problem:
            break
        if held is not None and len(waiting) >= held:
            raise error(waiting[0])
    if waiting and waiting[-1].problem:
        raise error(waiting[0])
    yield from waiting
    yield from records
