"""The whole line from a source to rows by part: converted, checked, mended, dealt out."""

from __future__ import annotations

from array import array
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from ftkit.data.accounting import Skipped
from ftkit.data.chat_template import Offered, offered_template
from ftkit.data.checks import Found, check_fixes, default_fixes
from ftkit.data.conversion import Converted, Progress, Wanted, convert
from ftkit.data.detect import UNKNOWN
from ftkit.data.forms import natural_form
from ftkit.data.mapping import ColumnSource
from ftkit.data.role_words import naming, unrecognised
from ftkit.data.sources import PARTS, Source
from ftkit.data.split import deal, short_hash
from ftkit.data.tokenizer import load_tokens


@dataclass(frozen=True)
class Shares:
    """How parts that have no file of their own are dealt out."""

    validation: float = 0.1
    test: float = 0.1
    seed: int = 42


def asked(
    *,
    task: str = "auto",
    family: str = "auto",
    columns: Mapping[str, ColumnSource] | None = None,
    system: str | None = None,
    fixes: Sequence[str] = (),
    group: str | None = None,
    max_length: int | None = None,
    overlap: int = 0,
    chat_template: str = "plain",
    validation_share: float = 0.1,
    test_share: float = 0.1,
    seed: int = 42,
) -> tuple[Wanted, Shares]:
    """The arguments of :func:`~ftkit.data.inspect_data` by what they decide: what becomes of the records, and the split."""
    wanted = Wanted(
        task,
        family,
        dict(columns or {}),
        system or None,
        tuple(fixes),
        group or None,
        max_length,
        overlap,
        chat_template,
    )
    return wanted, Shares(validation_share, test_share, seed)


@dataclass
class Outcome:
    """What became of a source.

    Attributes
    ----------
    work
        The records as rows, and where each went.
    skipped
        What is left out, most frequent first; what a fix took out is among it.
    usable
        Records of which at least one row is kept.
    parts
        The ordinals of the rows in the store, by part; empty where there is a refusal.
    refusal
        What to do instead, where nothing can be trained on; else empty.
    offered
        The chat template that was used because the model has none.
    dropped
        The ordinals of rows that a fix took out, each with the reason.
    findings
        What the checks found and no fix has mended.
    """

    work: Converted
    skipped: tuple[Skipped, ...]
    usable: int
    parts: dict[str, Sequence[int]]
    refusal: str
    offered: Offered | None
    dropped: Mapping[int, str]
    findings: tuple[Found, ...]

    @property
    def how_to_say(self) -> str:
        """How columns are named where there is no form to do it in; empty where they are known."""
        return naming(self.work.form) if self.work.chosen.family == UNKNOWN else ""


def run(
    source: Source,
    wanted: Wanted,
    shares: Shares,
    *,
    model: str | Path | None = None,
    progress: Progress | None = None,
) -> Outcome:
    """Everything that happens to a source before it is shown or written.

    Parameters
    ----------
    model
        A folder with the model's tokenizer, to count in tokens.
    progress
        Told how far it is.

    Raises
    ------
    DataError
        If a file is missing or broken as a whole, or a name given is not known.
    """
    check_fixes(wanted.fixes)
    offered = offered_template(model, wanted.chat_template) if model else None
    tokens = load_tokens(model, offered.template if offered else None) if model else None
    work = convert(source, wanted, tokens, progress)
    work.checks.end(work.ledger.skipped({}))
    _keep_near(work)
    # A row over the length would be cut and lose its end: some fixes are carried out unasked.
    fixes = tuple(dict.fromkeys((*wanted.fixes, *default_fixes())))
    dropped = work.checks.dropped(fixes)
    findings = tuple(one for one in work.checks.findings() if one.fix not in fixes)
    gone, kept = _records(work, dropped)
    skipped = work.ledger.skipped(gone)
    given = [part for part in PARTS if part in work.tables]
    here = {work.ledger.parts[place] for place in {work.ledger.part[record] for record in kept}}
    why_not = _refusal(work, skipped, [part for part in given if part not in here])
    parts: dict[str, Sequence[int]] = {}
    if not why_not:
        parts = _deal(work, kept, dropped, given, shares)
    return Outcome(work, skipped, len(kept), parts, why_not, offered, dropped, findings)


def _keep_near(work: Converted) -> None:
    """Tie the records whose rows are nearly the same: no split may tear them apart."""
    for number, rows in enumerate(work.checks.clusters()):
        for row in rows:
            work.ties.add(bisect_right(work.ledger.first, row) - 1, (short_hash(f"near {number}"),))


def _records(work: Converted, dropped: Mapping[int, str]) -> tuple[dict[int, str], Sequence[int]]:
    """Records of which every row is dropped, with the reason; and the others."""
    ledger = work.ledger
    count = len(ledger.first)
    if not dropped:
        return {}, range(count)
    gone, kept = {}, array("q")
    for record in range(count):
        first = ledger.first[record]
        if all(row in dropped for row in range(first, first + ledger.size[record])):
            gone[record] = dropped[first]
        else:
            kept.append(record)
    return gone, kept


def _deal(
    work: Converted, kept: Sequence[int], dropped: Mapping[int, str], given: Sequence[str], shares: Shares
) -> dict[str, Sequence[int]]:
    """The rows of each part, in the order of the records."""
    ledger = work.ledger
    parts: dict[str, array[int]] = {part: array("q") for part in PARTS}
    missing = {
        part: share
        for part, share in (("test", shares.test), ("validation", shares.validation))
        if part not in given
    }
    learning = ledger.parts.index("train")
    train = [record for record in kept if ledger.part[record] == learning] if missing else []
    where: Mapping[int, str] = {}
    if missing:
        chosen = bytearray(len(ledger.first))
        for record in train:
            chosen[record] = True
        clusters = work.ties.clusters(len(ledger.first), chosen)
        dealt = deal(
            [clusters[record] for record in train],
            [_size(work, record, dropped) for record in train],
            missing,
            shares.seed,
            [ledger.label[record] for record in train] if len(ledger.labels) > 1 else None,
        )
        where = dict(zip(train, dealt, strict=True))
    for record in kept:
        part = where.get(record) or ledger.parts[ledger.part[record]]
        first = ledger.first[record]
        rows = range(first, first + ledger.size[record])
        parts[part].extend(row for row in rows if row not in dropped) if dropped else parts[part].extend(rows)
    return dict(parts)


def _size(work: Converted, record: int, dropped: Mapping[int, str]) -> int:
    size = work.ledger.size[record]
    if not dropped:
        return size
    first = work.ledger.first[record]
    return sum(row not in dropped for row in range(first, first + size))


def _refusal(work: Converted, skipped: Sequence[Skipped], empty: Sequence[str]) -> str:
    """Why nothing can be trained on, and what to do; empty where something can.

    Parameters
    ----------
    skipped
        What is left out, most frequent first.
    empty
        The parts of which no record is left.
    """
    if work.chosen.family == UNKNOWN:
        return unrecognised(work.columns, work.form)
    if hasattr(work.module, "REFUSAL"):
        return str(work.module.REFUSAL)  # type: ignore[union-attr]
    if not empty:
        return ""
    why = ""
    if skipped:
        why = f" Most often {skipped[0].reason} (row {skipped[0].first_rows[0]} of {skipped[0].file})."
    natural = getattr(work.module, "TASK", None)
    if not work.ledger.first and work.module and natural_form(work.module) != work.form:
        why += f" These examples are made for the task {natural!r}, not for {work.task!r}."
    return f"No row of the {empty[0]} part can be used.{why} Look at that row, and at which column is which."
