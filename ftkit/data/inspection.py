"""Looking at data before anything is trained: what it is, what becomes of it, and what is left out and why."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Protocol

from ftkit.data.detect import UNKNOWN, UNKNOWN_REASON, Ranked, choose
from ftkit.data.families import FAMILIES
from ftkit.data.read import DataFile, read_file
from ftkit.data.records import DoesNotFit, Record, column_names
from ftkit.data.sources import PARTS, Source, find_files
from ftkit.data.split import Conversation, Parts, prompt_key, split
from ftkit.data.turns import Row, is_message_list, rows_of
from ftkit.errors import DataError

PREVIEW = 3
FIRST_ROWS = 10


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
class Skipped:
    """Rows left out for one reason.

    Attributes
    ----------
    reason
        Why, as a phrase.
    count
        How many.
    first_rows
        The numbers of the first ten, from 1: lines of a JSONL file, else positions.
    file
        The name of the file they stand in.
    """

    reason: str
    count: int
    first_rows: tuple[int, ...]
    file: str


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


@dataclass(frozen=True)
class Converted:
    """All files of a source, read and turned into conversations."""

    files: dict[str, DataFile]
    chosen: Ranked
    ranked: list[Ranked]
    columns: list[str]
    rows: int
    usable: int
    skipped: tuple[Skipped, ...]
    given: Parts
    refusal: str
    plain_reason: str
    ready: bool


def convert(source: Source, family: str, columns: Mapping[str, str] | None, system: str | None) -> Converted:
    """Read, recognise and convert; refuse nothing yet, count everything."""
    files = {part: read_file(path) for part, path in find_files(source).items()}
    records = [record for file in files.values() for record in file.records]
    chosen, ranked = choose(records, family, columns)
    given: Parts = {}
    left_out: dict[tuple[str, str], list[int]] = {}
    usable = 0
    # The parts that judge come first: a prompt that is in one of them is taken out of the ones that learn.
    taken: dict[str, str] = {}
    for part in reversed([part for part in PARTS if part in files]):
        given[part] = []
        seen: set[str] = set()
        for record, outcome in _conversations(files[part].records, chosen, system):
            if not isinstance(outcome, str):
                keys = {prompt_key(row) for row in outcome}
                seen |= keys
                clash = next((taken[key] for key in sorted(keys) if key in taken), None)
                if clash is None:
                    given[part].append(outcome)
                    usable += 1
                    continue
                outcome = f"the same prompt is in the {clash} part"
            left_out.setdefault((files[part].path.name, outcome), []).append(record.number)
        taken.update(dict.fromkeys(seen, part))
    skipped = tuple(
        Skipped(reason, len(numbers), tuple(numbers[:FIRST_ROWS]), file)
        for (file, reason), numbers in sorted(left_out.items(), key=lambda item: (-len(item[1]), item[0]))
    )
    given = {part: given[part] for part in PARTS if part in given}
    work = Converted(
        files, chosen, ranked, column_names(records), len(records), usable, skipped, given,
        refusal=_refusal(chosen, given, skipped), plain_reason="", ready=False,
    )  # fmt: skip
    return _with_plainness(work, records)


def _conversations(
    records: list[Record], chosen: Ranked, system: str | None
) -> Iterator[tuple[Record, Conversation | str]]:
    """Each record with its training rows, or with the reason why it has none."""
    module = FAMILIES.get(chosen.family)
    for record in records:
        if record.problem:
            yield record, record.problem
        elif module is None:
            yield record, UNKNOWN_REASON
        elif hasattr(module, "REFUSAL"):
            yield record, f"this is {module.LABEL}, which supervised fine-tuning does not learn from"
        elif not isinstance(record.value, dict):
            yield record, "the row is not a group of named columns"
        else:
            try:
                yield record, rows_of(module.conversation(record.value, chosen.mapping), system)
            except DoesNotFit as reason:
                yield record, str(reason)


def _refusal(chosen: Ranked, given: Parts, skipped: tuple[Skipped, ...]) -> str:
    module = FAMILIES.get(chosen.family)
    if chosen.family == UNKNOWN:
        return "ftkit does not recognise the columns. Say which one is the prompt and which one the answer."
    if hasattr(module, "REFUSAL"):
        return str(module.REFUSAL)  # type: ignore[union-attr]
    empty = [part for part, conversations in given.items() if not conversations]
    if empty:
        why = (
            f" Most often {skipped[0].reason} (row {skipped[0].first_rows[0]} of {skipped[0].file})."
            if skipped
            else ""
        )
        return (
            f"No row of the {empty[0]} part can be used.{why} Look at that row, and at which column is which."
        )
    return ""


def _with_plainness(work: Converted, records: list[Record]) -> Converted:
    from dataclasses import replace

    module = FAMILIES.get(work.chosen.family)
    mapping = work.chosen.mapping
    values = [record.value for record in records if isinstance(record.value, dict)]
    ready = (
        work.chosen.family == "prompt-completion"
        and mapping == {"prompt": "prompt", "answer": "completion"}
        and all(is_message_list(v.get("prompt")) and is_message_list(v.get("completion")) for v in values)
        and [{k: v[k] for k in ("prompt", "completion")} for v in values]
        == [row for part in work.given.values() for row in flat(part)]
    )
    if set(work.files) != set(PARTS):
        reason = "ftkit deals out the parts that have no file of their own"
    elif work.skipped:
        reason = "some rows are left out"
    elif (
        not all(file.plain for file in work.files.values())
        or len({f.format == "csv" for f in work.files.values()}) > 1
    ):
        reason = "the files need more than datasets' own reader"
    elif ready and set(work.columns) == {"prompt", "completion"}:
        return replace(work, ready=True)
    elif not getattr(module, "PLAIN", False) or {"system", "history"} & set(mapping):
        reason = "turning these rows into prompts and answers takes more than a column map"
    elif any(
        not _reads_alike(value.get(column), role) for value in values for role, column in mapping.items()
    ):
        reason = "some values are not plain text for datasets' own reader"
    elif any(file.format == "csv" for file in work.files.values()) and "context" in mapping:
        reason = "datasets' CSV reader takes an empty context for a missing value"
    else:
        reason = ""
    return replace(work, plain_reason=reason)


# What pandas and pyarrow, which read for datasets, take for a number, a truth value, a date or nothing at all.
_NOT_TEXT = re.compile(
    r"\s*([-+]?[\d.,_]+(e[-+]?\d+)?|[-+]?inf(inity)?|[-+]?nan|true|false|null|none|n/?a|<na>|#n/?a.*|-?1\.#\w+"
    r"|\d{4}-\d\d-\d\d([T ].*)?)\s*",
    re.IGNORECASE,
)


def _reads_alike(value: Any, role: str) -> bool:
    """Whether datasets' own reader gives the very same text, and the plain expression uses it as we do."""
    if role == "context" and (value is None or value == ""):
        return True
    return isinstance(value, str) and bool(value.strip()) and not _NOT_TEXT.fullmatch(value)


def flat(conversations: list[Conversation]) -> list[Row]:
    """The rows of all conversations."""
    return [row for conversation in conversations for row in conversation]


def count(parts: Parts) -> dict[str, int]:
    """Training rows by part."""
    return {part: len(flat(parts[part])) for part in PARTS if part in parts}
