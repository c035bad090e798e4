"""The commands and their options, and the one place where errors become answers."""

from __future__ import annotations

import argparse
import contextlib
import io
import sys
import traceback
from collections.abc import Sequence
from importlib import metadata
from typing import Any, NoReturn

from ftkit.cli import choices, datasets, demo, doctor, lab, recipes, runs
from ftkit.cli.answer import AS_JSON, Answer, keep_stdout, of_error, write
from ftkit.errors import FtkitError


class UsageError(FtkitError):
    """The command line was not understood."""


class _Parser(argparse.ArgumentParser):
    def __init__(self, *arguments: Any, **more: Any) -> None:
        # No `--js` for `--json`: who gets text instead of JSON would not know why.
        super().__init__(*arguments, **{**more, "allow_abbrev": False})

    def error(self, message: str) -> NoReturn:
        if message.endswith("required: COMMAND"):  # somebody who says nothing yet wants to know what there is
            raise UsageError("Say what ftkit is to do.", self.format_help().strip())
        if message.endswith("required: ACTION"):  # the same of a command that has several of them
            raise UsageError(f"Say what `{self.prog}` is to do.", self.format_help().strip())
        raise UsageError(f"{message[:1].upper()}{message[1:]}.", self.format_usage().strip())


def parser() -> argparse.ArgumentParser:
    """All commands; each sets ``answer`` to the function that carries it out."""
    top = _Parser(prog="ftkit", description="Fine-tune language models and understand what happened.")
    top.add_argument("--version", action="version", version=f"ftkit {metadata.version('ftkit')}")
    commands = top.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for module in (lab, demo, doctor, datasets, choices, recipes, runs):
        module.add_commands(commands)
    for command in commands.choices.values():
        command.add_argument("--json", action="store_true", help=AS_JSON)
    return top


def answer_to(arguments: Sequence[str]) -> Answer:
    """Carry out a command line.

    Returns
    -------
    Answer
        Also for everything that goes wrong: errors are told, never raised.
    """
    printed = io.StringIO()
    try:
        with contextlib.redirect_stdout(printed):
            options = parser().parse_args(arguments)
    except SystemExit as end:  # argparse's way of having printed the help or the version
        return Answer({"help": printed.getvalue()}, printed.getvalue(), code=int(end.code or 0))
    except UsageError as error:
        return of_error(error)
    try:
        answer: Answer = options.answer(options)
    except FtkitError as error:
        return of_error(error)
    except KeyboardInterrupt:
        document = {"error": "Interrupted.", "remedy": "What was finished before is kept."}
        return Answer(document, "\nInterrupted.", code=130, error=True)
    except OSError as error:
        if not (error.filename and error.strerror):
            return _unforeseen(error)
        what = f"{str(error.filename)!r} cannot be used: {error.strerror}."
        remedy = "Look at its name, at who may read and write there, and at whether the disk is full."
        return Answer({"error": what, "remedy": remedy}, f"{what}\n{remedy}", code=2, error=True)
    except Exception as error:
        return _unforeseen(error)
    return answer


def _unforeseen(error: Exception) -> Answer:
    """A mistake of ours, or something nobody foresaw: the place where it happened is for the report."""
    traceback.print_exception(error)
    what = f"{type(error).__name__}: {error}"
    remedy = "ftkit did not foresee this. The lines before it say where it happened; please report them."
    return Answer({"error": what, "remedy": remedy}, f"{what}\n{remedy}", code=2, error=True)


def main(arguments: Sequence[str] | None = None) -> int:
    """The ``ftkit`` program.

    Returns
    -------
    int
        The exit code: 0 for done, 1 where a check found something, 2 for an error, 130 when interrupted.
    """
    given = list(sys.argv[1:] if arguments is None else arguments)
    out = keep_stdout()
    answer = answer_to(given)
    write(answer, out, as_json="--json" in given)
    return answer.afterwards() if answer.afterwards else answer.code
