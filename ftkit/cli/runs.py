"""``ftkit runs``, ``ftkit diagnose`` and ``ftkit compare``: what became of the runs here."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from ftkit.catalog import chain_of
from ftkit.cli.answer import Answer
from ftkit.cli.numbers import from_zero
from ftkit.runfolder import RunSummary


def add_commands(commands: Any) -> None:
    """Add ``runs``, ``diagnose`` and ``compare``."""
    runs = commands.add_parser("runs", help="list the runs in ftkit-runs, the latest first")
    runs.set_defaults(answer=answer_runs)

    diagnose = commands.add_parser("diagnose", help="say what a run's curves mean and what to change")
    diagnose.add_argument(
        "source",
        metavar="RUN|FILE",
        help='a run; or of any other training its trainer_state.json, a checkpoint folder, or a JSON file {"train": [[step, loss], …], "eval": …}',
    )
    diagnose.set_defaults(answer=answer_diagnose)

    compare = commands.add_parser("compare", help="ask the base and the tuned model the same questions")
    compare.add_argument("run", metavar="RUN", help="name or folder of a run")
    compare.add_argument(
        "--prompt", action="append", default=[], metavar="TEXT", help="a question; may be repeated"
    )
    compare.add_argument(
        "--rows", type=from_zero, default=3, help="rows of the test part to ask besides (default: 3)"
    )
    compare.set_defaults(answer=answer_compare)


def answer_runs(_: argparse.Namespace) -> Answer:
    """All runs in the working directory's ``ftkit-runs``."""
    from ftkit.runfolder import runs
    from ftkit.runfolder.whereabouts import whereabouts

    found = runs()
    if not found:
        return Answer({"runs": []}, whereabouts())
    rows = [("RUN", "GOES ON FROM", "STATE", "STEPS", "LOSS BEFORE", "BEST", "VERDICT"), *map(_cells, found)]
    # A heading above nothing only raises the question of what it means.
    columns = [column for column in zip(*rows, strict=True) if any(column[1:])]
    widths = [max(map(len, column)) for column in columns]
    lines = [
        "  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)).rstrip()
        for row in zip(*columns, strict=True)
    ]
    return Answer(
        {"runs": [{**run.to_json(), "chain": chain_of(run.name)} for run in found]}, "\n".join(lines)
    )


def _cells(run: RunSummary) -> tuple[str, ...]:
    def number(value: float | None) -> str:
        return "" if value is None else f"{value:.3f}"

    steps = f"{run.step}/{run.total_steps}" if run.total_steps else str(run.step)
    before = chain_of(run.name)[:-1]
    return (
        run.name,
        before[-1] if before else "",
        run.state,
        steps,
        number(run.base_loss),
        number(run.best_loss),
        run.verdict,
    )


def answer_diagnose(options: argparse.Namespace) -> Answer:
    """The verdict on a run or on another tool's log, with its evidence and what to change."""
    from ftkit.diagnosis import diagnose

    # The folder one is in has no name as a run has one.
    found = diagnose(Path(options.source).resolve() if options.source in (".", "..") else options.source)
    return Answer(found.to_json(), found.text())


def answer_compare(options: argparse.Namespace) -> Answer:
    """Base and tuned answers to the prompts given and to rows of the test part."""
    from ftkit.comparison import compare

    found = compare(options.run, options.prompt, rows=options.rows)
    return Answer(found.to_json(), str(found))
