"""All files of a source, read and turned into conversations, with every row accounted for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from ftkit.data.detect import UNKNOWN, UNKNOWN_REASON, Ranked, choose
from ftkit.data.families import FAMILIES, examples_of
from ftkit.data.forms import sft
from ftkit.data.plainness import plainness
from ftkit.data.read import DataFile, read_file
from ftkit.data.records import DoesNotFit, Record, column_names
from ftkit.data.sources import PARTS, Source, find_files
from ftkit.data.split import Conversation, Parts, flat, prompt_key

FIRST_ROWS = 10


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
    names = column_names(records)
    if skipped:
        plain_reason, ready = "some rows are left out", False
    else:
        plain_reason, ready = plainness(
            files, chosen, names, flat([c for part in given.values() for c in part])
        )
    return Converted(
        files=files,
        chosen=chosen,
        ranked=ranked,
        columns=names,
        rows=len(records),
        usable=usable,
        skipped=skipped,
        given=given,
        refusal=_refusal(chosen, given, skipped),
        plain_reason=plain_reason,
        ready=ready,
    )


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
                yield (
                    record,
                    [
                        row
                        for example in examples_of(module, record.value, chosen.mapping)
                        for row in sft.rows(example, system)
                    ],
                )
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
