"""Looking at data before anything is trained: what it is, what becomes of it, and what is left out and why."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Protocol

from ftkit.data.conversion import Skipped, convert
from ftkit.data.families import FAMILIES
from ftkit.data.sources import PARTS, Source
from ftkit.data.split import count, flat, split
from ftkit.data.turns import Row
from ftkit.errors import DataError

PREVIEW = 3


class DataSettings(Protocol):
    """What of a recipe's data part this room needs; ``Recipe.data`` is one."""

    source: str
    family: str
    columns: dict[str, str]
    system: str | None
    validation_share: float
    test_share: float
    split_seed: int


@dataclass(frozen=True)
class Inspection:
    """What :func:`inspect_data` found. ``rows`` is always ``usable`` plus the counts of all ``skipped``.

    Attributes
    ----------
    source
        As given.
    family, label, reason
        The id of the form the examples are written in, its name, and why we think so.
    ranked
        All families that it may be: ``(family, score, reason)``, best first.
    rows, usable
        Rows of the files, and how many of them become training rows (one conversation may give several).
    skipped
        The others, by reason.
    mapping
        Which column plays which role.
    columns
        All columns of the files.
    split
        ``"files"`` where train, validation and test are files of the person's; ``"ours"`` where ftkit deals out any part.
    parts
        Training rows in each part.
    preview
        The first three training rows.
    files
        The files, by part.
    plain
        Whether a cell of plain ``datasets`` code yields exactly the same rows: three files, nothing left out,
        a simple column map.
    plain_reason
        Why not; empty where it is plain.
    ready
        Plain, and already in TRL's form: there is nothing to map.
    refusal
        What to do instead, where nothing can be trained on; else empty.
    """

    source: str
    family: str
    label: str
    reason: str
    ranked: tuple[tuple[str, float, str], ...]
    rows: int
    usable: int
    skipped: tuple[Skipped, ...]
    mapping: dict[str, str]
    columns: tuple[str, ...]
    split: str
    parts: dict[str, int]
    preview: tuple[Row, ...]
    files: dict[str, str]
    plain: bool
    plain_reason: str
    ready: bool
    refusal: str

    def to_json(self) -> dict[str, Any]:
        """Everything as plain data."""
        tree = asdict(self)
        tree["ranked"] = [{"family": f, "score": s, "reason": r} for f, s, r in self.ranked]
        return tree


def inspect_data(
    source: Source,
    *,
    family: str = "auto",
    columns: Mapping[str, str] | None = None,
    system: str | None = None,
    validation_share: float = 0.1,
    test_share: float = 0.1,
    seed: int = 42,
) -> Inspection:
    """Say what a data file is, what it becomes, and what is left out and why. Nothing is written.

    Parameters
    ----------
    source
        A JSON, JSONL or CSV file, a folder with train, validation and test files, or those files by part.
    family
        The form of the examples, such as ``alpaca``; ``auto`` recognises it.
    columns
        Which column plays which role (prompt, answer, system, context, messages), where the guess was wrong.
    system
        A system prompt for conversations that have none of their own.
    validation_share, test_share, seed
        How the parts that have no file of their own are dealt out.

    Returns
    -------
    Inspection
        With ``usable == 0`` and a ``refusal`` for data of a kind that cannot be trained on.

    Raises
    ------
    DataError
        If a file is missing or broken as a whole, or a name given is not known.
    """
    work = convert(source, family, columns, system)
    parts: dict[str, int] = {}
    refusal = work.refusal
    if not refusal:
        try:
            parts = count(split(work.given, validation_share, test_share, seed))
        except DataError as error:
            refusal = str(error)
    plain_reason = refusal or work.plain_reason
    rows = [row for conversations in work.given.values() for row in flat(conversations)]
    return Inspection(
        source=str(source) if isinstance(source, (str, Path)) else ", ".join(map(str, source.values())),
        family=work.chosen.family,
        label=FAMILIES[work.chosen.family].LABEL if work.chosen.family in FAMILIES else "not recognised",
        reason=work.chosen.reason,
        ranked=tuple((r.family, r.score, r.reason) for r in work.ranked),
        rows=work.rows,
        usable=work.usable,
        skipped=work.skipped,
        mapping=dict(work.chosen.mapping),
        columns=tuple(work.columns),
        split="files" if set(work.files) == set(PARTS) else "ours",
        parts=parts,
        preview=tuple(rows[:PREVIEW]),
        files={part: file.path.as_posix() for part, file in work.files.items()},
        plain=not plain_reason,
        plain_reason=plain_reason,
        ready=not plain_reason and work.ready,
        refusal=refusal,
    )


def load_parts(choice: DataSettings) -> dict[str, list[Row]]:
    """The training rows of a recipe's data, by part: exactly those that its data cell makes.

    Raises
    ------
    DataError
        If nothing can be trained on.
    """
    return prepared_parts(
        choice.source,
        family=choice.family,
        columns=choice.columns,
        system=choice.system,
        validation_share=choice.validation_share,
        test_share=choice.test_share,
        seed=choice.split_seed,
    )


def prepared_parts(
    source: Source,
    *,
    family: str = "auto",
    columns: Mapping[str, str] | None = None,
    system: str | None = None,
    validation_share: float = 0.1,
    test_share: float = 0.1,
    seed: int = 42,
) -> dict[str, list[Row]]:
    """The training rows by part; the arguments are those of :func:`inspect_data`.

    Raises
    ------
    DataError
        If nothing can be trained on.
    """
    work = convert(source, family, columns, system)
    if work.refusal:
        raise DataError(work.refusal)
    parts = split(work.given, validation_share, test_share, seed)
    return {part: flat(parts[part]) for part in PARTS}
