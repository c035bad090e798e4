"""The first tutorial with ten seeds: verdict, losses and the share of answers that show the property.

Goals: "healthy" in at least nine of ten; at least 80 % of the tuned answers to the test part show the property and at
most 10 % of the base's; training in under four minutes on two cores.

Each seed is a fresh process that carries out the generated cells (``ftkit run``), then another that
compares. Rows are kept as they come, and those that are there are not measured again::

    python -m benchmarks.tutorial_seeds --threads 2            # one after another: seconds are those of two cores
    python -m benchmarks.tutorial_seeds --threads 1 --at-once 2
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path
from threading import Lock
from typing import Any

import nbformat

from benchmarks.pairs import RESULTS, machine
from ftkit.catalog import starter_model, starter_source
from ftkit.cli.headless import wizard_call
from ftkit.notebook import file
from ftkit.recipe import Recipe, from_presets, recipe_to_yaml
from ftkit.runfolder import History, RunFolder

NOTEBOOKS = Path(__file__).parents[1] / "notebooks"
RESULT = RESULTS / "tutorial_seeds.json"
SEEDS = tuple(range(42, 52))
WHOLE_TEST_PART = SEEDS[:1]
"""Seeds whose runs answer every row of the test part; the others answer the first `FEWER`."""

FEWER = 12
LONGEST_ANSWER = 48
GIB = 2**30
COMPARE = "import sys, ftkit; ftkit.compare(sys.argv[1], rows=int(sys.argv[2]), max_new_tokens={longest})"

writing = Lock()


def tutorial() -> Recipe:
    """The recipe that the tutorial's wizard call stands for."""
    notebook = nbformat.read(NOTEBOOKS / "01_first_fine_tune.ipynb", as_version=4)
    return from_presets(**wizard_call(file.views(notebook)).presets)


def run(command: list[str], folder: Path, threads: int) -> float:
    """Run a command; the largest resident memory of it and its children in bytes.

    Raises
    ------
    RuntimeError
        With the end of what it said, where it fails.
    """
    environment = {**os.environ, "OMP_NUM_THREADS": str(threads), "HF_HUB_OFFLINE": "1"}
    with tempfile.TemporaryFile("w+") as said:
        child = subprocess.Popen(command, cwd=folder, env=environment, stdout=said, stderr=subprocess.STDOUT)
        _, status, usage = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
        if child.returncode:
            said.seek(0)
            raise RuntimeError(f"{command} failed:\n{said.read()[-3000:]}")
    return usage.ru_maxrss * 1024


def seconds(state: dict[str, Any]) -> float:
    """From the first step's beginning to the end, evaluations and saving included."""
    began, ended = (datetime.fromisoformat(state[key]) for key in ("started", "updated"))
    return (ended - began).total_seconds()


def measure(seed: int, folder: Path, threads: int, settings: str) -> dict[str, Any]:
    """Train and compare one seed; its row."""
    name = f"pirate-seed-{seed}"
    recipe = tutorial().changed({"run": name, "training.seed": seed})
    (folder / f"{name}.yaml").write_text(recipe_to_yaml(recipe), encoding="utf-8")
    done = RunFolder(name, folder / "ftkit-runs")
    again = ["--overwrite"] if done.exists() else []
    peak = run([sys.executable, "-m", "ftkit.cli", "run", f"{name}.yaml", *again], folder, threads)
    trained = seconds(done.state())  # before the comparison, which may touch the folder
    rows = 10_000 if seed in WHOLE_TEST_PART else FEWER
    run([sys.executable, "-c", COMPARE.format(longest=LONGEST_ANSWER), name, str(rows)], folder, threads)
    history, verdict, state = History.from_run(done), done.verdict(), done.state()
    compared = json.loads((done.path / "comparison.json").read_text(encoding="utf-8"))
    losses = dict(history.eval)
    shutil.rmtree(done.checkpoints, ignore_errors=True)
    return {
        "seed": seed,
        "verdict": verdict["verdict"],
        "findings": [finding["code"] for finding in verdict["findings"]],
        "base_loss": losses[0],
        "best_loss": min(losses.values()),
        "last_loss": losses[max(losses)],
        "best_step": verdict["best_step"],
        "steps": history.total_steps,
        "evaluations": len(losses),
        "seconds": trained,
        "cpu_seconds": state["run_cpu_seconds"],
        "threads": threads,
        "answers": len(compared["pairs"]),
        "base_share": compared["base_share"],
        "tuned_share": compared["tuned_share"],
        "ended_share": sum(pair["tuned"]["ended"] for pair in compared["pairs"]) / len(compared["pairs"]),
        "peak_gib": peak / GIB,
        "settings": settings,
    }


def digest() -> str:
    """Of recipe, data and the model's source: rows measured with others are measured again."""
    texts = [recipe_to_yaml(tutorial()).encode(), starter_source(starter_model()).encode()]
    texts += [path.read_bytes() for path in sorted((NOTEBOOKS / "data" / "pirate").glob("*.jsonl"))]
    return hashlib.sha256(b"\n".join(texts)).hexdigest()[:12]


def kept(settings: str) -> list[dict[str, Any]]:
    """The rows there are for these settings."""
    if not RESULT.exists():
        return []
    rows = json.loads(RESULT.read_text(encoding="utf-8"))["rows"]
    return [row for row in rows if row["settings"] == settings]


def summary(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """What the goals ask for."""
    whole = [row for row in rows if row["seed"] in WHOLE_TEST_PART]
    return {
        "seeds": len(rows),
        "healthy": sum(row["verdict"] == "healthy" for row in rows),
        "best_loss": [min(row["best_loss"] for row in rows), max(row["best_loss"] for row in rows)],
        "lowest_tuned_share": min(row["tuned_share"] for row in rows),
        "highest_base_share": max(row["base_share"] for row in rows),
        "tuned_share_on_the_whole_test_part": [row["tuned_share"] for row in whole],
        "largest_peak_gib": max(row["peak_gib"] for row in rows),
    }


def keep(row: dict[str, Any]) -> None:
    """Add a row to the results at once, so that an interruption loses at most the seeds under way."""
    with writing:
        rows = [old for old in kept(row["settings"]) if old["seed"] != row["seed"]] + [row]
        rows.sort(key=lambda each: each["seed"])
        RESULTS.mkdir(exist_ok=True)
        document = {
            "what": __doc__.split("\n")[0],
            "summary": summary(rows),
            "rows": rows,
            "machine": machine(),
        }
        RESULT.write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")
        print(json.dumps(row), file=sys.stderr, flush=True)


def main(arguments: list[str] | None = None) -> None:
    reader = argparse.ArgumentParser(description="The first tutorial with ten seeds.")
    reader.add_argument("--threads", type=int, default=os.cpu_count() or 1)
    reader.add_argument("--at-once", type=int, default=1)
    reader.add_argument("--seeds", type=int, nargs="*", default=SEEDS)
    reader.add_argument("--folder", type=Path, help="where to work; kept (default: a new one, removed)")
    options = reader.parse_args([] if arguments is None else arguments)
    settings = digest()
    missing = [seed for seed in options.seeds if seed not in {row["seed"] for row in kept(settings)}]
    with tempfile.TemporaryDirectory() as temporary, ThreadPoolExecutor(options.at_once) as pool:
        folder = (options.folder or Path(temporary)).absolute()
        shutil.copytree(NOTEBOOKS / "data", folder / "data", dirs_exist_ok=True)
        list(pool.map(lambda seed: keep(measure(seed, folder, options.threads, settings)), missing))
    if RESULT.exists():
        print(json.dumps(summary(kept(settings)), indent=1))


if __name__ == "__main__":
    main(sys.argv[1:])
