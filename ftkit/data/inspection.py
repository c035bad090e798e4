"""Looking at data before anything is trained: what it is, what becomes of it, and what is left out and why."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from itertools import islice
from pathlib import Path
from typing import Any

from ftkit.data.accounting import Skipped
from ftkit.data.chat_template import Offered, injected_system
from ftkit.data.checks import Found
from ftkit.data.conversion import Progress, Wanted
from ftkit.data.forms import FORMS, TASKS
from ftkit.data.mapping import ColumnSource
from ftkit.data.pipeline import Outcome, asked, run
from ftkit.data.sources import PARTS, Source
from ftkit.data.token_counts import TokenStatistics
from ftkit.data.turns import Row

PREVIEW = 3
EMPTY_PART = "enough to look at, too few to train with"


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
    task, form
        What the rows are for, and the standard form that they are in; None where nothing can be trained on.
    natural_task
        The task that such examples are made for.
    kind
        The family's own name, where it is one of several with this id; a key of ``FAMILIES``.
    notes
        What was guessed, and what became of pieces of records, as phrases.
    tokens
        How long the rows are in the model's tokens, where a model was given.
    checks
        What the checks found and no fix has mended, the gravest first.
    injected_system
        The system prompt that the model's chat template writes where there is none; mostly empty.
    offered
        The chat template that is offered to a model that has none, with the reason.
    tools
        Whether any row has a column of tools that the assistant may call.
    """

    source: str
    family: str
    label: str
    reason: str
    ranked: tuple[tuple[str, float, str], ...]
    rows: int
    usable: int
    skipped: tuple[Skipped, ...]
    mapping: dict[str, Any]
    columns: tuple[str, ...]
    split: str
    parts: dict[str, int]
    preview: tuple[Row, ...]
    files: dict[str, str]
    plain: bool
    plain_reason: str
    ready: bool
    refusal: str
    task: str | None = "sft"
    form: str = "sft"
    natural_task: str | None = "sft"
    kind: str = ""
    notes: tuple[str, ...] = ()
    tokens: TokenStatistics | None = None
    checks: tuple[Found, ...] = ()
    injected_system: str = ""
    offered: Offered | None = None
    tools: bool = False

    def __str__(self) -> str:
        from ftkit.data.report import report

        return report(self)

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        """What a notebook shows where a cell ends in it."""
        printer.text(str(self))

    def to_json(self) -> dict[str, Any]:
        """Everything as plain data."""
        tree = asdict(self)
        tree["checks"] = [_plain(found) for found in self.checks]
        tree["ranked"] = [{"family": f, "score": s, "reason": r} for f, s, r in self.ranked]
        return tree


def inspect_data(
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
    chat_template: str = "plain",
    progress: Progress | None = None,
) -> Inspection:
    """Say what data are, what they become, and what is left out and why. Nothing is written.

    Parameters
    ----------
    source
        A file, a folder with train, validation and test files, or those files by part.
    task
        What the rows are for, such as ``sft``, ``domain``, ``classification`` or ``dpo``; ``auto`` goes by the family.
    family
        The form of the examples, such as ``alpaca``; ``auto`` recognises it.
    columns
        Which column plays which role (prompt, answer, system, context, messages), where the guess was wrong.
    system
        A system prompt for conversations that have none of their own.
    fixes
        Fixes of checks, such as ``drop-duplicates``; what they leave out is counted.
    group
        A column: rows with the same value there stay in the same part.
    validation_share, test_share, seed
        How the parts that have no file of their own are dealt out.
    model
        A local folder with the model's tokenizer: rows are then counted in its tokens.
    max_length
        The longest row that training will take, in tokens; for the task domain, the length of the pieces.
    overlap
        How many tokens the pieces of a document share, for the task domain.
    chat_template
        Which one a model gets that has none: ``plain`` or ``chatml``.
    progress
        Called with the number of rows done, the number of all (None: unknown) and what is being done.

    Returns
    -------
    Inspection
        With ``usable == 0`` and a ``refusal`` for data of a kind that cannot be trained on.

    Raises
    ------
    DataError
        If a file is missing or broken as a whole, or a name given is not known.
    """
    wanted, shares = asked(
        task=task,
        family=family,
        columns=columns,
        system=system,
        fixes=fixes,
        group=group,
        max_length=max_length,
        overlap=overlap,
        chat_template=chat_template,
        validation_share=validation_share,
        test_share=test_share,
        seed=seed,
    )
    outcome = run(source, wanted, shares, model=model, progress=progress)
    return described(source, wanted, outcome, model)


def described(
    source: Source, wanted: Wanted, outcome: Outcome, model: str | Path | None = None
) -> Inspection:
    """What an outcome says, as plain facts."""
    work = outcome.work
    plain_reason, ready = ("some rows are left out", False) if outcome.skipped else work.plainness.verdict()
    if wanted.fixes and not plain_reason:
        plain_reason = "some examples are mended"
    plain_reason = outcome.refusal or plain_reason
    if work.partly and not plain_reason:
        plain_reason = "some rows are used in part only"
    chosen = work.chosen
    return Inspection(
        source=source_name(source),
        family=chosen.family,
        label=work.module.LABEL if work.module else "not recognised",
        reason=chosen.reason,
        ranked=tuple((r.family, r.score, r.reason) for r in work.ranked),
        rows=work.ledger.rows,
        usable=outcome.usable,
        skipped=outcome.skipped,
        mapping=dict(chosen.mapping),
        columns=tuple(work.columns),
        split="files" if set(work.tables) == set(PARTS) else "ours",
        parts={part: len(rows) for part, rows in outcome.parts.items()},
        preview=tuple(work.store.rows(_first_rows(outcome))),
        files={part: tables[0].path.as_posix() for part, tables in work.tables.items() if tables},
        plain=not plain_reason,
        plain_reason=plain_reason,
        ready=not plain_reason and ready,
        refusal=outcome.refusal,
        task=work.task,
        form=work.form,
        natural_task=getattr(work.module, "TASK", None),
        kind=chosen.kind or chosen.family,
        notes=_notes(outcome),
        tokens=work.lengths.statistics(wanted.max_length),
        checks=tuple(replace(found, drop=()) for found in outcome.findings),
        injected_system=injected_system(model) if model else "",
        offered=outcome.offered,
        tools=work.tools,
    )


def source_name(source: Source) -> str:
    """What a person pointed at, in a line."""
    if isinstance(source, Mapping):
        return ", ".join(map(str, source.values()))
    return str(source) if isinstance(source, (str, Path)) else f"a {type(source).__name__}"


def _first_rows(outcome: Outcome) -> list[int]:
    """The first rows that are kept, of the training part where it has any."""
    ledger = outcome.work.ledger
    for part in PARTS:
        if part in ledger.parts:
            first = ledger.first[ledger.part.index(ledger.parts.index(part))]
            rows = (row for row in range(first, len(outcome.work.store)) if row not in outcome.dropped)
            return list(islice(rows, PREVIEW))
    return []


def _plain(found: Found) -> dict[str, Any]:
    """A finding as ``--json`` prints it."""
    return {
        "code": found.code,
        "severity": found.severity,
        "title": found.title,
        "finding": found.finding,
        "rows": [place.number for place in found.rows],
        "files": [place.file for place in found.rows],
        "count": found.count,
        "meaning": found.means,
        "tries": found.try_,
        "fix": found.fix,
    }


def _labels(outcome: Outcome) -> dict[Any, int]:
    """How many records have each label; empty where the rows have none."""
    ledger = outcome.work.ledger
    counts = Counter(ledger.label)
    return {label: counts[place] for label, place in ledger.labels.items() if label is not None}


def _notes(outcome: Outcome) -> tuple[str, ...]:
    work = outcome.work
    notes = [note for tables in work.tables.values() for table in tables for note in table.notes]
    if note := getattr(work.module, "NOTE", ""):
        notes.append(note)
    natural = TASKS.get(getattr(work.module, "TASK", ""), "")
    if note := getattr(FORMS.get(work.form), "FROM", {}).get(natural):
        notes.append(note)
    notes += [
        f"{count:,} pieces of rows are left out although the rest of the row is used: {reason}"
        for reason, count in sorted(work.partly.items(), key=lambda item: -item[1])
    ]
    notes += work.tally.notes(_labels(outcome))
    if bare := [part for part in PARTS if outcome.parts and not outcome.parts[part]]:
        notes.append(f"there are too few different examples for a {' and a '.join(bare)} part: {EMPTY_PART}")
    if outcome.usable:
        notes += work.checks.not_looked().values()
    return tuple(dict.fromkeys(notes))
