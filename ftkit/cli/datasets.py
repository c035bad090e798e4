"""``ftkit data inspect`` and ``ftkit data prepare``: what a file is, and clean files made from it."""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ftkit.cli.answer import AS_JSON, Answer, say
from ftkit.cli.numbers import from_one, from_zero
from ftkit.errors import DataError, FtkitError

if TYPE_CHECKING:
    from ftkit.data import Inspection
    from ftkit.data.mapping import ColumnSource

PROGRESS_EVERY = 1.0
"""Seconds between two lines about the progress; work that is done sooner is not spoken of."""


def add_commands(commands: Any) -> None:
    """Add ``data inspect`` and ``data prepare``."""
    data = commands.add_parser("data", help="look at a data file, or make clean files from it")
    actions = data.add_subparsers(title="actions", metavar="ACTION", required=True)
    inspect = actions.add_parser(
        "inspect", help="say what a file is, what becomes of it, and what is left out"
    )
    inspect.set_defaults(answer=answer_inspect)
    prepare = actions.add_parser("prepare", help="write train, validation and test files and a card")
    prepare.add_argument(
        "--out", metavar="DIR", help="the folder to write (default: data/<name of the file>)"
    )
    prepare.add_argument("--form", choices=("jsonl", "parquet"), default="jsonl", help="what kind of files")
    prepare.add_argument("--licence", "--license", metavar="TEXT", help="the source's licence, for the card")
    prepare.set_defaults(answer=answer_prepare)
    for action in (inspect, prepare):
        _add_options(action)


def _add_options(parser: Any) -> None:
    parser.add_argument("source", metavar="FILE", help="a file, a folder, or the id of a data set on the hub")
    parser.add_argument(
        "--task", default="auto", help="sft, domain, classification, dpo, kto, grpo … (default: auto)"
    )
    parser.add_argument("--family", default="auto", help="how the examples are written (default: recognised)")
    parser.add_argument(
        "--column",
        action="append",
        default=[],
        metavar="ROLE=COLUMN",
        help="which column plays which role: a name, a path (answers.text.0), a template with {column}, "
        'or {"constant": "a text"}',
    )
    parser.add_argument("--system", metavar="TEXT", help="a system prompt for conversations without one")
    parser.add_argument("--group", metavar="COLUMN", help="rows with the same value there stay in one part")
    parser.add_argument(
        "--fix", action="append", default=[], metavar="NAME", help="a fix that a check offers"
    )
    parser.add_argument(
        "--model",
        metavar="ID|DIR",
        help="count in the tokens of this model (inspect: the starter model's where it is here)",
    )
    parser.add_argument(
        "--max-length", type=from_one, metavar="TOKENS", help="the longest row that training takes"
    )
    parser.add_argument(
        "--overlap",
        type=from_zero,
        default=0,
        metavar="TOKENS",
        help="what pieces of a document share (domain)",
    )
    parser.add_argument("--seed", type=from_zero, default=42, help="of the split (default: 42)")
    # One place of `--json` is enough for a person, and both are understood.
    parser.add_argument("--json", action="store_true", help=AS_JSON)


def answer_inspect(options: argparse.Namespace) -> Answer:
    """What a source is and what becomes of it, also where nothing of it can be trained on."""
    from ftkit.catalog.starter import starter_here
    from ftkit.data import inspect_data
    from ftkit.data.template import REFUSED

    given = _arguments(options)
    here = None if options.model else starter_here()
    try:
        found = inspect_data(
            options.source, **{**given, "model": here or given["model"]}, progress=_Progress()
        )
    except DataError as error:
        # Nobody chose this model: where its template refuses the data, they are shown without its tokens.
        if here is None or "template" not in error.what:
            raise
        here = None
        found = inspect_data(options.source, **given, progress=_Progress())
    if here and any(one.reason.startswith(REFUSED) for one in found.skipped):
        here = None
        found = inspect_data(options.source, **given, progress=_Progress())
    whose = "\nThe tokens are the starter model's; --model names another." if here and found.tokens else ""
    return Answer(document_of(found), f"{found}{whose}")


def answer_prepare(options: argparse.Namespace) -> Answer:
    """The files that were written."""
    from ftkit.data import write_data

    more = {name: getattr(options, name) for name in ("out", "form", "licence")}
    written = write_data(options.source, **_arguments(options), **more, progress=_Progress())
    found = written.inspection
    files = {part: path.as_posix() for part, path in written.files.items()}
    about = document_of(found)
    document = {
        "folder": written.folder.as_posix(),
        "files": files,
        "read": about.pop("files"),
        "parts": about.pop("parts"),
        **about,
    }
    lines = [str(found), "", *(f"{path}: {found.parts[part]:,} rows" for part, path in files.items())]
    return Answer(
        document, "\n".join([*lines, f"What is in them: {(written.folder / 'card.md').as_posix()}"])
    )


def _arguments(options: argparse.Namespace) -> dict[str, Any]:
    """The options as arguments of :func:`ftkit.inspect_data`."""
    from ftkit.data.records import structure_in

    columns: dict[str, ColumnSource] = {}
    for given in options.column:
        role, equals, column = given.partition("=")
        if not (role and equals and column):
            raise FtkitError(
                f"--column {given!r} is not understood.", "Write it as --column prompt=question."
            )
        given_as = structure_in(column)
        columns[role] = given_as if isinstance(given_as, dict) else _source(column)
    return {
        "task": options.task,
        "family": options.family,
        "columns": columns,
        "system": options.system,
        "group": options.group,
        "fixes": tuple(options.fix),
        "seed": options.seed,
        "model": _tokenizer_folder(options.model) if options.model else None,
        "max_length": options.max_length,
        "overlap": options.overlap,
    }


def _source(text: str) -> ColumnSource:
    return {"template": text} if "{" in text else text


def _tokenizer_folder(model: str) -> Path:
    if (Path(model).expanduser() / "tokenizer.json").is_file():
        return Path(model).expanduser()
    from ftkit import catalog

    return Path(catalog.tokenizer_folder(model))


def document_of(found: Inspection) -> dict[str, Any]:
    """What ``--json`` prints: what everybody asks for first."""
    tree = found.to_json()
    first = ("family", "ranked", "task", "rows", "usable", "skipped", "mapping", "checks", "tokens")
    return {**{name: tree[name] for name in first}, **{k: v for k, v in tree.items() if k not in first}}


class _Progress:
    """Says on standard error how far it is, about once a second."""

    def __init__(self) -> None:
        self._last = time.monotonic()

    def __call__(self, done: int, total: int | None, what: str) -> None:
        now = time.monotonic()
        if now - self._last < PROGRESS_EVERY or not sys.stderr:
            return
        self._last = now
        say(f"{what}: {done:,} rows" if total is None else f"{what}: {done:,} of {total:,} rows")
