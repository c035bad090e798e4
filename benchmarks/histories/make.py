"""Make the runs, one after another; what is there already is not made again, so that it can be stopped at any time.

    python -m benchmarks.histories.make tiny [how many] [--workers N] [--into FILE]
    python -m benchmarks.histories.make starter [how many] [--workers N] [--into FILE]
    python -m benchmarks.histories.make hashes

Their numbers go to ``benchmarks/histories/runs/<model>.jsonl``, one line a run. The starter's are made on the NVIDIA card where there
is one, several at once with ``--workers``.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import sys
import tempfile
import time
import traceback
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from filelock import FileLock

from benchmarks.histories.label import by_its_curve, digest
from benchmarks.histories.plan import plan
from benchmarks.histories.planned import Planned
from benchmarks.histories.training import base_model, trained

RUNS = Path(__file__).parent / "runs"
HASHES = RUNS / "test_hashes.json"
_into = Path()
"""Where a worker writes to."""


def made_twice(planned: Planned, base: Path, there: Mapping[str, dict[str, Any]]) -> dict[str, Any]:
    """One run's numbers, and where its label depends on it, the test losses of the same run for twice as many epochs.

    Parameters
    ----------
    there
        The runs that are there already, by name: one of them may be the same for twice as many epochs.
    """
    record = trained(planned, base) | {"twice": []}
    if planned.in_scope and by_its_curve(record) == "flat":
        longer = there.get(planned.twice.name) or trained(replace(planned.twice, evaluations=4), base)
        record["twice"] = longer["test"]
    return record


def records(model: str) -> list[dict[str, Any]]:
    """The runs of a model that were made so far."""
    path = RUNS / f"{model}.jsonl"
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()] if path.exists() else []


def make(model: str, most: int, workers: int, into: Path) -> None:
    """Make the runs that are missing, `most` of them at most, `workers` chains at once."""
    into.parent.mkdir(exist_ok=True)
    there = {record["name"]: record for record in records(model)}
    missing = [planned for planned in plan(model) if planned.name not in there][:most]  # type: ignore[arg-type]
    chains: dict[str, list[Planned]] = {}
    for planned in missing:
        chains.setdefault(planned.chain, []).append(planned)
    for run in plan(model):  # type: ignore[arg-type]
        # What is there of a chain may tell about the rest of it.
        if run.chain in chains and run.name in there:
            chains[run.chain].insert(0, run)
    began, done = time.monotonic(), 0
    with tempfile.TemporaryDirectory() as place:
        base = base_model(model, Path(place))
        context = multiprocessing.get_context("spawn")
        work = [
            (chain, base, {run.name: there[run.name] for run in chain if run.name in there})
            for chain in chains.values()
        ]
        with context.Pool(workers, _begin, (place, into)) as pool:
            for made in pool.imap_unordered(_chain, work):
                done += made
                print(
                    f"{done}/{len(missing)} after {time.monotonic() - began:.0f} s",
                    file=sys.stderr,
                    flush=True,
                )


def _begin(place: str, into: Path) -> None:
    """Each worker in a folder of its own, as run folders are made where one is."""
    global _into
    os.chdir(tempfile.mkdtemp(dir=place))
    _into = into


def _chain(work: tuple[list[Planned], Path, dict[str, dict[str, Any]]]) -> int:
    """Make and write what is missing of one chain, and say how many runs that were; an error in one run costs that run."""
    runs, base, there = work
    made = 0
    for planned in runs:
        if planned.name in there:
            continue
        try:
            there[planned.name] = made_twice(planned, base, there)
        except Exception:
            traceback.print_exc()
            continue
        with FileLock(f"{_into}.lock"), _into.open("a", encoding="utf-8") as file:
            file.write(json.dumps(there[planned.name], separators=(",", ":")) + "\n")
        made += 1
    return made


def write_hashes() -> None:
    """Pin the test part: to be committed before any threshold is set on the other."""
    tested = {run.name for model in ("tiny", "starter") for run in plan(model) if run.part == "test"}  # type: ignore[arg-type]
    everything = (record for model in ("tiny", "starter") for record in records(model))
    found = {record["name"]: digest(record) for record in everything if record["name"] in tested}
    HASHES.write_text(json.dumps(found, indent=1, sort_keys=True) + "\n", encoding="utf-8")


def main(arguments: list[str]) -> None:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("what", choices=("tiny", "starter", "hashes"))
    parser.add_argument("most", nargs="?", type=int, default=10**6)
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--into", type=Path, help="a file to write to, in place of that of the model's runs")
    asked = parser.parse_args(arguments)
    if asked.what == "hashes":
        write_hashes()
    else:
        make(asked.what, asked.most, asked.workers, (asked.into or RUNS / f"{asked.what}.jsonl").resolve())


if __name__ == "__main__":
    main(sys.argv[1:])
