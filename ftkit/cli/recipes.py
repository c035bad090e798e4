"""``ftkit cells`` and ``ftkit run``: a recipe file's code, printed or carried out without a notebook."""

from __future__ import annotations

import argparse
import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from ftkit.cli.answer import Answer, say
from ftkit.errors import FtkitError, RunError, RunExistsError
from ftkit.recipe import Recipe, load_recipe, recipe_to_yaml
from ftkit.runfolder import RunFolder, next_name

WELL_ENDED = ("finished", "stopped")
PASSED_ON = ("SIGINT", "SIGTERM", "SIGHUP")


def add_commands(commands: Any) -> None:
    """Add ``cells`` and ``run``."""
    cells = commands.add_parser("cells", help="print the code that a recipe stands for")
    cells.add_argument("recipe", type=Path, help="a recipe.yaml")
    cells.set_defaults(answer=answer_cells)

    run = commands.add_parser("run", help="train what a recipe says, without a notebook")
    run.add_argument("recipe", type=Path, help="a recipe.yaml")
    existing = run.add_mutually_exclusive_group()
    existing.add_argument("--resume", action="store_true", help="go on from the run's last checkpoint")
    existing.add_argument("--start-over", action="store_true", help="train anew under the next free name")
    existing.add_argument("--overwrite", action="store_true", help="remove the run of that name first")
    run.set_defaults(answer=answer_run)


def _read(path: Path) -> Recipe:
    if not path.is_file():
        raise FtkitError(
            f"There is no recipe file {str(path)!r}.",
            "Every run in ftkit-runs has a recipe.yaml to start from.",
        )
    return load_recipe(path)


def answer_cells(options: argparse.Namespace) -> Answer:
    """The cells of a recipe as one script, and where its automatic values come from."""
    from ftkit.cells import run_source
    from ftkit.cli.planning import plan

    made = plan(_read(options.recipe))
    for warning in made.resolved.warnings:
        say(f"Note: {warning}")
    source = run_source(made.cells, compare=True)
    document = {
        "cells": [{"step": step, "source": cell.source} for step, cell in made.cells.items()],
        "source": source,
        "reasons": made.resolved.reasons,
        "warnings": made.resolved.warnings,
    }
    return Answer(document, source)


def decide(recipe: Recipe, options: argparse.Namespace) -> tuple[Recipe, str]:
    """The recipe under the name to train as, and what ``follow`` is to do with a run of that name.

    Raises
    ------
    RunExistsError
        Where the name is taken and no flag says what to do: nothing is trained then.
    RunError
        Where there is nothing to resume.
    """
    folder = RunFolder(recipe.run)
    if not folder.exists():
        if options.resume:
            raise RunError(
                f"There is no run {recipe.run!r} to resume here.", "Leave out --resume to start it."
            )
        return recipe, "ask"
    if options.start_over:
        return recipe.changed({"run": next_name(recipe.run), "parent": recipe.run}), "ask"
    state = folder.state()["state"]
    if state == "running":
        raise RunError(
            f"The run {recipe.run!r} is being trained right now.",
            f"Wait until it has ended, or add --start-over to train as {next_name(recipe.run)!r}.",
        )
    if options.resume and state == "finished":
        raise RunError(
            f"The run {recipe.run!r} is finished: there is nothing to resume.",
            f"Add --start-over to train as {next_name(recipe.run)!r}, or --overwrite to replace it.",
        )
    if options.resume:
        return recipe, "resume"
    if options.overwrite:
        return recipe, "overwrite"
    raise RunExistsError(
        f"A run named {recipe.run!r} is here already ({state}); nothing was trained.",
        f"Add --resume to go on with it, --start-over to train as {next_name(recipe.run)!r}, "
        "or --overwrite to replace it.",
        run=recipe.run,
        choices=("resume", "start-over", "overwrite"),
    )


def answer_run(options: argparse.Namespace) -> Answer:
    """Train, and tell how it ended; an unhappy end is an error with the run's own reason."""
    from ftkit.cli.planning import plan, training_source
    from ftkit.hardware import set_thread_count

    recipe, existing = decide(_read(options.recipe), options)
    made = plan(recipe)
    for warning in made.resolved.warnings:
        say(f"Note: {warning}")
    set_thread_count()
    folder = RunFolder(recipe.run)
    if existing != "resume":
        folder.write_recipe(recipe_to_yaml(recipe))
    say(f"Training {recipe.run!r}: {made.needs()}. Ctrl+C once finishes the step and keeps the result.")
    code = execute(training_source(made, existing), recipe.run)
    return _told(folder, code)


def execute(source: str, run: str) -> int:
    """Carry a script out in a Python of its own, in the working directory; its exit code.

    Ctrl+C and the request to terminate are passed on, once each: the training ends by itself.
    """
    with tempfile.TemporaryDirectory(prefix="ftkit-") as place:
        script = Path(place) / f"{run}.py"
        script.write_text(source, encoding="utf-8")
        # The working directory comes first, as in a notebook: the script's own folder is ours.
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(_import_path())}
        # In a group of its own, so that the terminal's Ctrl+C does not reach the training a second
        # time: twice means abort.
        group: dict[str, Any] = {"process_group": 0} if os.name == "posix" else {}
        child = subprocess.Popen(
            [sys.executable, str(script)], env=environment, stdin=subprocess.DEVNULL, **group
        )
        passed_on = [getattr(signal, name) for name in PASSED_ON if hasattr(signal, name)] if group else []
        before = {
            number: signal.signal(number, lambda got, _: child.send_signal(got)) for number in passed_on
        }
        try:
            while True:
                try:
                    return child.wait()
                except KeyboardInterrupt:
                    continue  # on Windows the console has told the training itself
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)


def _import_path() -> list[str]:
    return [str(Path.cwd()), *filter(None, os.environ.get("PYTHONPATH", "").split(os.pathsep))]


def _told(folder: RunFolder, code: int) -> Answer:
    state, verdict = folder.state(), folder.verdict()
    document = {
        "run": folder.name,
        "path": folder.path,
        "state": state["state"],
        "why": state["why"],
        "verdict": verdict.get("verdict", ""),
        "best_step": verdict.get("best_step"),
        "sentence": verdict.get("sentence", ""),
    }
    if code == 0 and state["state"] in WELL_ENDED:
        text = f"{folder.name}: {state['state']}. {verdict.get('sentence', '')}\n{folder.path}"
        return Answer(document, text)
    # A state that says all is well is an earlier attempt's: this one never came to its first step.
    ended = state["why"] if state["state"] not in (*WELL_ENDED, "none") else ""
    document["error"] = ended or f"The training did not get under way (exit code {code})."
    document["remedy"] = (
        "The messages above say more. Once that is mended, --resume or --overwrite goes on from here."
    )
    return Answer(document, f"{document['error']}\n{document['remedy']}\n{folder.path}", code=2, error=True)
