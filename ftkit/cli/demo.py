"""``ftkit demo``: the first tutorial on the starter model, without a browser."""

from __future__ import annotations

import argparse
import contextlib
import tempfile
import time
from pathlib import Path
from textwrap import indent
from typing import Any

from ftkit.cli import tutorials
from ftkit.cli.answer import Answer, say
from ftkit.errors import FtkitError
from ftkit.runfolder import RunFolder

PAIRS = 3


def add_commands(commands: Any) -> None:
    """Add ``demo``."""
    command = commands.add_parser("demo", help="run the first tutorial here and now, without a browser")
    command.add_argument("--folder", type=Path, help="where to work (default: a new one in ~/ftkit-demo)")
    command.set_defaults(answer=answer)


def work_folder() -> Path:
    """A new folder that is kept, in a path without spaces so that it can be typed as it is printed."""
    place = Path.home() / "ftkit-demo"
    if any(letter.isspace() for letter in str(place)):
        place = Path(tempfile.gettempdir()) / "ftkit-demo"
    place.mkdir(parents=True, exist_ok=True)
    return Path(tempfile.mkdtemp(prefix=time.strftime("%Y%m%d-%H%M%S-"), dir=place))


def answer(options: argparse.Namespace) -> Answer:
    """Place the cells into a copy of the tutorial, execute it, and tell what came out."""
    import nbformat

    from ftkit.catalog import starter_model
    from ftkit.cli.headless import execute, place_cells
    from ftkit.hardware import set_thread_count
    from ftkit.recipe import recipe_to_yaml

    folder = (options.folder or work_folder()).absolute()
    tutorials.copy_to(folder)
    path = folder / tutorials.FIRST
    if (folder / "ftkit-runs").exists():
        raise FtkitError(f"{str(folder)!r} holds runs already.", "Name an empty folder.")
    say(f"The first tutorial runs in {folder}.")
    starter_model()
    set_thread_count()
    begun = time.monotonic()
    notebook = nbformat.read(path, as_version=4)
    with contextlib.chdir(folder):
        made = place_cells(notebook)
        run = RunFolder(made.recipe.run)
        run.write_recipe(recipe_to_yaml(made.recipe))
    say(f"Training: {made.needs()}; the comparison at the end takes about another minute.")
    peak = execute(notebook, path, made.recipe.run)
    return _told(run, path, peak, time.monotonic() - begun)


def _said(answer: dict[str, Any]) -> str:
    """An answer, and that it was cut where it was: else the model seems to have stopped there."""
    from ftkit.live.view import CUT

    return answer["text"] + ("" if answer.get("ended", True) else CUT)


def _told(run: RunFolder, notebook: Path, peak: int | None, seconds: float) -> Answer:
    import json

    from ftkit.diagnosis import diagnose

    found = diagnose(run.path)
    compared = json.loads((run.path / "comparison.json").read_text(encoding="utf-8"))
    shown = compared["pairs"][:PAIRS]
    lines = ["", f"Verdict: {found}", "", "Before (base) and after (tuned) the training:", ""]
    for pair in shown:
        told = {name: indent(_said(pair[name]), " " * 11).strip() for name in ("base", "tuned")}
        lines += [f"  {pair['question']}", f"    base:  {told['base']}", f"    tuned: {told['tuned']}", ""]
    lines += [
        "To change something and train again, do the tutorial in JupyterLab: make lab, or ftkit lab.",
        "",
        f"Executed notebook: {notebook}",
        f"run folder: {run.path}",
    ]
    document = {
        "verdict": found.verdict,
        "sentence": found.sentence,
        "best_step": found.best_step,
        "pairs": [
            {"question": pair["question"], "base": pair["base"]["text"], "tuned": pair["tuned"]["text"]}
            for pair in shown
        ],
        "base_share": compared.get("base_share"),
        "tuned_share": compared.get("tuned_share"),
        "notebook": notebook,
        "run_folder": run.path,
        "kernel_peak_rss": peak,
        "seconds": round(seconds, 1),
    }
    return Answer(document, "\n".join(lines))
