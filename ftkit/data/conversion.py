"""A source streamed into training rows, with every record accounted for.

Records go by one at a time: recognised, turned into rows of one form, looked at by the checks, counted in tokens
and kept as lines. What stays in memory is a few numbers a row.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain, islice
from types import ModuleType
from typing import Any

from ftkit.data import token_ids
from ftkit.data.accounting import Ledger
from ftkit.data.checks import CheckFacts, Checks, mending
from ftkit.data.chunks import chunks_of
from ftkit.data.detect import SAMPLE, UNKNOWN_REASON, Ranked, choose
from ftkit.data.families import examples_of
from ftkit.data.forms import FORMS, TASKS, natural_form
from ftkit.data.mapping import ColumnSource, at_path
from ftkit.data.mending import mended
from ftkit.data.plainness import Plainness
from ftkit.data.printed import printed
from ftkit.data.reading import Table
from ftkit.data.records import DoesNotFit, Record
from ftkit.data.sources import PARTS, Source, open_source
from ftkit.data.split import Ties, folded_key, prompt_key, short_hash
from ftkit.data.store import RowStore, line_of
from ftkit.data.tally import Tally
from ftkit.data.template import TemplateRefusalError
from ftkit.data.token_counts import Length, LengthCounter, batches, lengths_of
from ftkit.data.tokenizer import ModelTokens
from ftkit.data.tokens import texts_of
from ftkit.data.turns import Row
from ftkit.errors import DataError

AUTO = "auto"
LABELLED = ("classification", "unpaired")
"""Forms whose labels every part gets its share of."""
Progress = Callable[[int, int | None, str], None]
"""Called with what is done, what is to do in all (None: nobody knows yet), and what it is."""


@dataclass(frozen=True)
class Wanted:
    """What becomes of the records; the arguments of :func:`~ftkit.data.inspect_data` under the same names."""

    task: str = AUTO
    family: str = AUTO
    columns: Mapping[str, ColumnSource] = field(default_factory=dict)
    system: str | None = None
    fixes: tuple[str, ...] = ()
    group: str | None = None
    max_length: int | None = None
    overlap: int = 0
    chat_template: str = "plain"


@dataclass
class Converted:
    """All records of a source as rows of one form.

    Attributes
    ----------
    tables
        The opened files by part.
    module
        The family; None where none was recognised.
    task, form
        What the rows are for, and the form that they are in; the task is None where there are none.
    columns
        All columns of the records.
    ledger
        Where every record went.
    store
        The rows; of each part together, the part that judges last first.
    prompts
        For each record that became rows what ties it to others.
    lengths
        The rows in tokens, where a model was given.
    checks
        What looked at every row.
    partly
        Pieces of records of which the rest is used, by the reason why they are left out.
    tally
        Counts that say what the records are like.
    tools
        Whether any row offers tools.
    """

    tables: dict[str, list[Table]]
    chosen: Ranked
    ranked: list[Ranked]
    module: ModuleType | None
    task: str | None
    form: str
    columns: list[str]
    ledger: Ledger
    store: RowStore
    ties: Ties
    lengths: LengthCounter
    plainness: Plainness
    checks: Checks
    partly: dict[str, int]
    tally: Tally
    tools: bool = False


@dataclass(frozen=True)
class Made:
    """One record on its way: its rows as lines, or the reason why there are none."""

    record: Record
    rows: list[Row]
    reason: str = ""
    group: str = ""


Mend = Callable[[str], str]


def convert(
    source: Source,
    wanted: Wanted,
    tokens: ModelTokens | None = None,
    progress: Progress | None = None,
) -> Converted:
    """Read, recognise and convert; refuse nothing yet, count everything.

    Parameters
    ----------
    tokens
        The model's tokenizer: rows are then counted in tokens, and documents cut to length.
    progress
        Told how many records are done.
    """
    tables = open_source(source)
    sample = list(islice(chain.from_iterable(table.records() for table in _in_order(tables)), SAMPLE))
    chosen, ranked = choose(sample, wanted.family, wanted.columns)
    module = chosen.module
    task, form = _task(wanted.task, module)
    facts = CheckFacts(form, max_length=wanted.max_length, roles=printed(tokens) if tokens else None)
    work = Converted(
        tables, chosen, ranked, module, task, form, [], Ledger(), RowStore(), Ties(), LengthCounter(),
        Plainness(tables, chosen, form), Checks(facts), {}, Tally(_optional(chosen)),
    )  # fmt: skip
    _stream(work, wanted, tokens, progress)
    return work


def _optional(chosen: Ranked) -> list[str]:
    """The columns that may be empty without a row being left out for it."""
    needed = getattr(chosen.module, "REQUIRED", ())
    sources = {role: source for role, source in chosen.mapping.items() if role not in needed}
    return [source for source in sources.values() if isinstance(source, str)]


def _in_order(tables: Mapping[str, Sequence[Table]]) -> Iterator[Table]:
    for part in PARTS:
        yield from tables.get(part, ())


def _task(task: str, module: ModuleType | None) -> tuple[str | None, str]:
    natural = getattr(module, "TASK", None)
    if module is not None and hasattr(module, "FORM") and task in (AUTO, natural):
        return natural, natural_form(module)
    if task != AUTO:
        if task not in TASKS:
            raise DataError(
                f"There is no task called {task!r}.", f"Choose one of {', '.join(TASKS)}, or auto."
            )
        return task, TASKS[task]
    return (str(natural), TASKS[natural]) if natural in TASKS else (None, "sft")


def _stream(
    work: Converted,
    wanted: Wanted,
    tokens: ModelTokens | None,
    progress: Progress | None,
) -> None:
    names: dict[str, None] = {}
    mend = mending(wanted.fixes)
    # The parts that judge come first: a prompt that is in one of them is taken out of the ones that learn.
    taken: dict[int, str] = {}
    for part in reversed([part for part in PARTS if part in work.tables]):
        seen: set[int] = set()
        for table in work.tables[part]:
            file = table.path.name
            for batch in batches(table.records()):
                made = [_made(record, work, wanted, mend, names) for record in batch]
                if tokens and work.form == "domain" and wanted.max_length:
                    made = [_cut(one, file, tokens, wanted.max_length, wanted.overlap) for one in made]
                lengths: list[Length | None] = []
                made, sizes = _measured(made, work, tokens, wanted.max_length)
                kept = [_keep(one, part, file, work, seen, taken) for one in made]
                for rows, lengths_here in zip(kept, sizes, strict=True):
                    lengths += lengths_here[: len(rows)]
                work.lengths.add([length for length in lengths if length])
                _show(work, batch, kept, part, file, lengths)
                if progress:
                    progress(work.ledger.rows, None, f"reading {file}")
        taken.update(dict.fromkeys(seen - taken.keys(), part))
    work.columns = list(names)


def _made(record: Record, work: Converted, wanted: Wanted, mend: Mend | None, names: dict[str, None]) -> Made:
    """One record as rows, or the reason why it has none."""
    if isinstance(record.value, dict):
        names.update(dict.fromkeys(record.value))
    if record.problem:
        return Made(record, [], record.problem)
    if work.module is None:
        return Made(record, [], UNKNOWN_REASON)
    if not isinstance(record.value, dict):
        return Made(record, [], "the row is not a group of named columns")
    work.tally.see(record.value)
    try:
        rows, group = _rows(work.module, record.value, work, wanted)
        if mend:
            rows = [mended(row, mend) for row in rows]
        if wanted.group:
            group = _group(record.value, wanted.group)
    except DoesNotFit as reason:
        return Made(record, [], str(reason))
    return Made(record, rows, group=group)


def _rows(
    module: ModuleType, value: Mapping[str, Any], work: Converted, wanted: Wanted
) -> tuple[list[Row], str]:
    """The rows of all examples in a record, and the group that the record names."""
    examples = examples_of(module, value, work.chosen.mapping)
    rows: list[Row] = []
    reasons = []
    for example in examples:
        try:
            rows += FORMS[work.form].rows(example, wanted.system)
        except DoesNotFit as reason:
            reasons.append(str(reason))
    if not rows:
        raise DoesNotFit(reasons[0])
    for text in reasons:
        work.partly[text] = work.partly.get(text, 0) + 1
    return rows, next((example.group for example in examples if example.group), "")


def _group(value: Mapping[str, Any], column: str) -> str:
    found = at_path(value, column)
    if found is None or isinstance(found, (list, dict)):
        raise DoesNotFit(f"the column {column!r}, which says what stays together, is empty")
    return str(found)


def _cut(made: Made, file: str, tokens: ModelTokens, max_length: int, overlap: int) -> Made:
    """Documents cut to length; where each piece comes from is kept beside it."""
    source = f"{file}, row {made.record.number}"
    rows = []
    for row in made.rows:
        pieces = chunks_of(row["text"], tokens, max_length, overlap)
        rows += [{**row, "text": piece, "source": source} for piece in pieces]
    return Made(made.record, rows, made.reason, made.group)


def _keep(
    made: Made, part: str, file: str, work: Converted, seen: set[int], taken: Mapping[int, str]
) -> list[Row]:
    """Enter one record into the ledger; the rows that are kept of it."""
    number = made.record.number
    if made.reason:
        work.ledger.skip(file, number, made.reason)
        return []
    try:
        lines = [line_of(row) for row in made.rows]
    except DoesNotFit as reason:
        work.ledger.skip(file, number, str(reason))
        return []
    keys = {short_hash(prompt_key(row)) for row in made.rows}
    seen |= keys
    clash = next((taken[key] for key in sorted(keys) if key in taken), None)
    if clash is not None:
        what = "prompt" if "prompt" in made.rows[0] else "text"
        work.ledger.skip(file, number, f"the same {what} is in the {clash} part")
        return []
    label = made.rows[0].get("label") if work.form in LABELLED else None
    place = work.ledger.take(part, file, number, len(work.store), len(lines), label)
    # Prompts that differ in capitals or punctuation only stay together, too.
    keys.update(short_hash(f"folded {alike}") for row in made.rows if (alike := folded_key(row)))
    if made.group:
        keys.add(short_hash(f"group {made.group}"))
    work.ties.add(place, sorted(keys))
    for line in lines:
        work.store.append(line)
    work.plainness.see(made.record.value, made.rows)
    if work.form == "preference":
        for row in made.rows:
            work.tally.see_pair(row)
    work.tools = work.tools or "tools" in made.rows[0]
    return made.rows


def _measured(
    made: list[Made], work: Converted, tokens: ModelTokens | None, max_length: int | None
) -> tuple[list[Made], list[Sequence[Length | None]]]:
    """The rows of a batch in tokens; without those that the model's chat template does not take."""
    rows = [row for one in made for row in one.rows]
    if tokens is None or not rows:
        return made, [[None] * len(one.rows) for one in made]
    if work.form == token_ids.FORM:
        made = _of_this_model(made, tokens)
    try:
        lengths = lengths_of(rows, work.form, tokens, max_length)
    except TemplateRefusalError:
        made = [_unless_refused(one, work.form, tokens) for one in made]
        lengths = lengths_of([row for one in made for row in one.rows], work.form, tokens, max_length)
    measured = iter(lengths)
    return made, [list(islice(measured, len(one.rows))) for one in made]


def _unless_refused(made: Made, form: str, tokens: ModelTokens) -> Made:
    try:
        for row in made.rows:
            texts_of(row, form, tokens)
    except TemplateRefusalError as refused:
        return Made(made.record, [], refused.reason)
    return made


def _of_this_model(made: list[Made], tokens: ModelTokens) -> list[Made]:
    """Without the records whose token ids another tokenizer made: the model would learn gibberish."""
    there = [one for one in made if one.rows]
    reasons = iter(token_ids.of_another_model(tokens, [one.rows[0] for one in there]))
    return [one if not one.rows or not (why := next(reasons)) else Made(one.record, [], why) for one in made]


def _show(
    work: Converted,
    batch: list[Record],
    kept: list[list[Row]],
    part: str,
    file: str,
    lengths: Sequence[Length | None],
) -> None:
    """Let the checks see the rows that were kept of a batch."""
    place, start = 0, len(work.store) - len(lengths)
    for record, rows in zip(batch, kept, strict=True):
        for row in rows:
            length = lengths[place]
            sizes = (length.longest, length.within) if length else (None, None)
            work.checks.watch(start + place, record, file, part, row, *sizes)
            place += 1
