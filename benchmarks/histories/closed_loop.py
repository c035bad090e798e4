"""Does the advice work? Unhealthy runs, the first remedy that ftkit names for each, and the run with it, five seeds each.

    python -m benchmarks.histories.closed_loop tune [how many]     # the part that remedies may be chosen on
    python -m benchmarks.histories.closed_loop test [how many]     # the part that they may not: writes the result

Drawn from a part of the tiny model's runs by what was true of them, whatever ftkit said of them. Old and new run are made five
times on the same rows, each time with another seed of the training. What is compared is the test loss of the model that is there at
the end; beside it that of the best evaluation, which is what ftkit keeps. Resumable: one line a run; what was drawn
before a part grew stays counted.
"""

from __future__ import annotations

import json
import math
import os
import random
import statistics
import sys
import tempfile
from collections import Counter
from pathlib import Path
from typing import Any

from benchmarks.histories.label import label, optimum
from benchmarks.histories.make import RUNS, records
from benchmarks.histories.plan import plan
from benchmarks.histories.planned import Planned
from benchmarks.histories.score import ALARMS, verdict_on
from benchmarks.histories.training import ADAPTER, WARMUP, base_model, trained
from benchmarks.pairs import write

FOUND = {"test": RUNS / "closed_loop.jsonl", "tune": RUNS / "closed_loop_tune.jsonl"}
EACH, IN_ALL, SEEDS = 15, 45, (1, 2, 3, 4, 5)
# So many errors are what chance brings in one of twenty (t, 8 degrees of freedom).
BY_CHANCE = 2.31
# A change of the loss below this share is none, however little the seeds differ.
NOTICED = 0.01


def chosen(part: str) -> list[tuple[Planned, dict[str, Any], str]]:
    """So many runs of each kind of unhealthy, drawn, the rest underfitting; by turns, so that a smaller number is balanced, too."""
    everything = records("tiny")
    planned = {run.name: run for run in plan("tiny")}
    kinds: dict[str, list[tuple[Planned, dict[str, Any], str]]] = {kind: [] for kind in ALARMS}
    for record in everything:
        run = planned[record["name"]]
        truth = label(record, optimum(record, everything))
        if run.part == part and run.in_scope and truth in kinds:
            kinds[truth].append((run, record, truth))
    draw = random.Random(0)
    drawn = {kind: draw.sample(group, min(EACH, len(group))) for kind, group in kinds.items()}
    left = [one for one in kinds["underfitting"] if one not in drawn["underfitting"]]
    drawn["underfitting"] += draw.sample(left, min(len(left), IN_ALL - sum(map(len, drawn.values()))))
    return [one[n] for n in range(IN_ALL) for one in drawn.values() if n < len(one)]


def recipe_of(run: Planned) -> dict[str, Any]:
    """The run's settings as a recipe has them."""
    other = {"lora-all": "lora", "lora-mlp": "lora", "ln-tuning": "norm-tuning"}
    method = other.get(run.technique, run.technique)
    training = {
        "learning_rate": run.rate,
        "num_train_epochs": float(run.epochs),
        "warmup_steps": WARMUP,
        "batch_size": run.batch,
        "weight_decay": 0.0,
    }
    return {"training": training, "method": {"name": method, **(ADAPTER if method == "lora" else {})}}


def tried(run: Planned, record: dict[str, Any], truth: str, base: Path) -> dict[str, Any]:
    """Old and new run, five seeds each: test loss at the end, and the lowest at an evaluation."""
    said = verdict_on(record, recipe=recipe_of(run))
    remedy = said.remedies[0] if said.remedies else None
    found: dict[str, Any] = {
        "name": run.name,
        "truth": truth,
        "verdict": said.verdict,
        "remedy": remedy and {"field": remedy.field, "from": remedy.from_, "to": remedy.to},
    }
    if remedy is None or remedy.field.startswith("data."):
        return found
    for side, settings in (("before", {}), ("after", remedy.changes)):
        made = [trained(run, base, settings, seed)["test"] for seed in SEEDS]
        found[side] = [
            {
                "end": one[-1][1],
                "best": min((loss for _, loss, _ in one if math.isfinite(loss)), default=math.inf),
            }
            for one in made
        ]
    return found


def outcome(row: dict[str, Any], which: str = "end") -> str:
    """``improved``, ``unchanged`` or ``worse``, beyond the noise between the seeds; ``none`` without a remedy."""
    if "after" not in row:
        return "none"
    before, after = ([one[which] for one in row[side]] for side in ("before", "after"))
    if not all(map(math.isfinite, after)):
        return "worse" if all(map(math.isfinite, before)) else "unchanged"
    if not all(map(math.isfinite, before)):
        return "improved"
    change = statistics.mean(after) - statistics.mean(before)
    error = math.sqrt((statistics.variance(before) + statistics.variance(after)) / len(SEEDS))
    if abs(change) <= max(BY_CHANCE * error, NOTICED * statistics.mean(before)):
        return "unchanged"
    return "improved" if change < 0 else "worse"


def main(part: str, most: int) -> None:
    """Make what is missing, then count."""
    there = _rows(part)
    with tempfile.TemporaryDirectory() as place:
        base = base_model("tiny", Path(place))
        os.chdir(place)
        for run, record, truth in [one for one in chosen(part) if one[0].name not in there][:most]:
            row = tried(run, record, truth, base)
            with FOUND[part].open("a", encoding="utf-8") as file:
                file.write(json.dumps(row, separators=(",", ":")) + "\n")
            print(f"{truth} → {row['verdict']}: {row['remedy']}: {outcome(row)}", file=sys.stderr, flush=True)
    rows = list(_rows(part).values())
    counted = {which: Counter(outcome(row, which) for row in rows) for which in ("end", "best")}
    by_truth = {kind: Counter(outcome(row) for row in rows if row["truth"] == kind) for kind in ALARMS}
    named = Counter(outcome(row) for row in rows if row["verdict"] == row["truth"])
    what = (__doc__ or "").splitlines()[0]
    found = {"what": what, "runs": len(rows), "seeds": len(SEEDS), **counted, **by_truth, "named": named}
    if part == "test":
        write("closed_loop", found)
    else:
        print(json.dumps(found, indent=1))


def _rows(part: str) -> dict[str, dict[str, Any]]:
    path = FOUND[part]
    lines = path.read_text("utf-8").splitlines() if path.exists() else []
    return {row["name"]: row for row in map(json.loads, lines)}


if __name__ == "__main__":
    if sys.argv[1:2] not in (["tune"], ["test"]):
        sys.exit(__doc__)
    main(sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 10**6)
