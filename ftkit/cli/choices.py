"""``ftkit methods`` and ``ftkit tasks``: what there is to choose from."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

from ftkit.cli.answer import Answer
from ftkit.errors import RecipeError
from ftkit.methods import METHODS
from ftkit.tasks import TASKS

if TYPE_CHECKING:
    from ftkit.recipe.overview import Technique


def add_commands(commands: Any) -> None:
    """Add ``methods`` and ``tasks``."""
    methods = commands.add_parser("methods", help="every technique, for one model on this machine")
    methods.add_argument(
        "--model",
        default="smollm2-135m",
        help="a Hugging Face id, a folder, or a name that ftkit has for one (a wrong one lists them)",
    )
    methods.add_argument("--task", default="sft", metavar="TASK", help=f"one of {', '.join(TASKS)}")
    methods.set_defaults(answer=answer_methods)
    tasks = commands.add_parser("tasks", help="what a model can be trained to do")
    tasks.set_defaults(answer=answer_tasks)


def answer_methods(options: argparse.Namespace) -> Answer:
    """The table of all techniques, those that cannot be used here too."""
    from ftkit import catalog, hardware
    from ftkit.errors import Problem
    from ftkit.recipe.overview import overview

    if options.task not in TASKS:
        hint = "`ftkit tasks` lists them."
        raise RecipeError([Problem("task", options.task, " or ".join(map(repr, TASKS)), hint)])
    found = overview(catalog.find(options.model).shape, hardware.this_machine(), options.task)
    head = ("METHOD", "WEIGHTS THAT TRAIN", "SHARE", "MEMORY", "SECONDS A STEP", "HERE")
    rows = [head, *(_cells(line) for line in found)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(head))]
    lines = [
        "  ".join([row[0].ljust(widths[0]), *map(str.rjust, row[1:], widths[1:])]).rstrip() for row in rows
    ]
    lines += ["", "What each of them does:"]
    lines += [f"{line.id.ljust(widths[0])}  {line.label}. {METHODS[line.id].summary}" for line in found]
    lines += [f"\n{line.label}: {line.reason}" for line in found if not line.fits]
    lines += [
        "",
        "Memory (one example at a time) and time (a batch of eight) are estimates; the counts are exact.",
    ]
    document = [line.to_json() | {"summary": METHODS[line.id].summary} for line in found]
    return Answer(document, "\n".join(lines))


def _cells(line: Technique) -> tuple[str, ...]:
    share = 100 * line.trainable / line.total
    return (
        line.id,
        f"{line.trainable:,}",
        f"{share:.0f} %" if share >= 10 else f"{share:.2g} %",
        f"{line.memory / 1e9:.1f} GB",
        f"{line.time:.1f}",
        "fits" if line.fits else "no",
    )


def answer_tasks(_: argparse.Namespace) -> Answer:
    """All tasks with what they are for."""
    document = [
        {"id": task.id, "title": task.title, "summary": task.summary, "choose_when": task.choose_when}
        for task in TASKS.values()
    ]
    width = max(map(len, TASKS))
    text = "\n".join(
        f"{task.id.ljust(width)}  {task.title}\n{' ' * width}  {task.choose_when}" for task in TASKS.values()
    )
    return Answer(document, text)
