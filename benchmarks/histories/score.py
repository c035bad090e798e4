"""Hold ftkit's verdicts against what was true of real runs: confusion matrix, false alarms, regret, and what went wrong.

    python -m benchmarks.histories.score tune        # the part that thresholds may be set on
    python -m benchmarks.histories.score test        # the part that they may not: writes the result that is shown

The figures are about runs of 1 to 5 epochs with 5 to 20 evaluations, and about every run that lacks evidence.
"""

from __future__ import annotations

import json
import math
import random
import statistics
import sys
from collections import Counter
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple

from benchmarks.histories.label import digest, label, optimum
from benchmarks.histories.make import HASHES, records
from benchmarks.histories.plan import plan
from benchmarks.histories.training import WARMUP
from benchmarks.pairs import write
from ftkit.diagnosis import Diagnosis, track_record
from ftkit.diagnosis.evidence import Evidence
from ftkit.diagnosis.forecast import STILL_FALLING, after_twice_as_long
from ftkit.diagnosis.reading import Reading
from ftkit.diagnosis.verdict import IN_DOUBT, judge
from ftkit.runfolder import History
from tests.diagnosis.simulated import macro_f1

VERDICTS = ("healthy", "overfitting", "underfitting", "unstable", "not-enough-evidence")
ALARMS = VERDICTS[1:4]
EARLY = 0.2
# How PEFT calls a technique; the others are LoRA.
PEFT_TYPES = {"full": None, "ia3": "IA3", "vera": "VERA", "ln-tuning": "LN_TUNING"}
RESULT = "histories"
BESIDE_THE_VERDICT = Path(track_record.__file__).with_name("track_record.json")


class Judged(NamedTuple):
    """One run: what was true, what was said, how much the kept step costs, and what was said too early."""

    record: dict[str, Any]
    truth: str | None
    said: Diagnosis
    in_scope: bool
    regret: float
    early: list[str]


def history_of(record: dict[str, Any]) -> History:
    """What the detector is shown of a run: all that its folder has about the curves, and nothing of the test part."""

    def by_row(name: str) -> dict[int, dict[str, tuple[float, int]]]:
        tokens = record[name]["tokens"]
        return {
            step: {f"row-{n}": (loss, tokens[n]) for n, loss in enumerate(losses)}
            for step, losses in record[name]["losses"]
        }

    names = ("train", "eval", "learning_rate", "grad_norm", "train_slice")
    series: dict[str, Any] = {name: [(int(step), value) for step, value in record[name]] for name in names}
    return History(
        **series,
        evaluations=by_row("rows"),
        train_slice_evaluations=by_row("slice_rows"),
        total_steps=record["total_steps"],
        warmup_steps=math.ceil(WARMUP * (record["total_steps"] or 0)) or None,
        epochs=record["epochs"],
    )


def evidence_of(record: dict[str, Any]) -> Evidence:
    """What the run folder knows beside the curves: the rows in both parts that the data check counted, and the technique."""
    kind = PEFT_TYPES.get(record["cell"][2], "LORA")
    arguments = {"per_device_train_batch_size": record["batch"]}
    return Evidence(
        actual={"leak": record["leak"], "peft_config": kind and {"peft_type": kind}, "arguments": arguments}
    )


def verdict_on(
    record: dict[str, Any],
    history: History | None = None,
    *,
    ended: bool = True,
    recipe: dict[str, Any] | None = None,
) -> Diagnosis:
    """The verdict as ``ftkit.diagnose`` makes it from a run folder."""
    reading = Reading(history or history_of(record), ended=ended, evidence=evidence_of(record))
    return judge(reading, recipe)


def judged(model: str, part: str) -> list[Judged]:
    """Every run of a part, with its truth and its verdict."""
    everything = records(model)
    planned = {run.name: run for run in plan(model)}  # type: ignore[arg-type]
    found = []
    for record in everything:
        if planned[record["name"]].part != part:
            continue
        said = verdict_on(record)
        truth = label(record, optimum(record, everything))
        early = _early(record) if truth == "healthy" else []
        scope = planned[record["name"]].in_scope or record["lacks_evidence"]
        found.append(Judged(record, truth, said, scope, _regret(record, said), early))
    return found


def _early(record: dict[str, Any]) -> list[str]:
    """Alarms within the first fifth of a run."""
    whole = history_of(record)
    first = [step for step, _ in whole.eval if step <= EARLY * (whole.total_steps or whole.last_step)]
    said = [verdict_on(record, whole.until(step), ended=False).verdict for step in first]
    return [verdict for verdict in said if verdict in ALARMS]


def _regret(record: dict[str, Any], said: Diagnosis) -> float:
    """How much higher the test loss of the step that it keeps is than the lowest, as a share; NaN where it cannot be said."""
    at = {step: loss for step, loss, _ in record["test"] if math.isfinite(loss)}
    kept = at.get(said.best_step) if said.best_step is not None else None
    return math.nan if kept is None else kept / min(at.values()) - 1


def wilson(right: int, whole: int) -> tuple[float, float]:
    """95 % interval of a share."""
    if not whole:
        return 0.0, 1.0
    z, share = 1.96, right / whole
    middle = (share + z * z / (2 * whole)) / (1 + z * z / whole)
    half = z * math.sqrt(share * (1 - share) / whole + z * z / (4 * whole**2)) / (1 + z * z / whole)
    return max(0.0, middle - half), min(1.0, middle + half)


def figures(runs: Sequence[Judged]) -> dict[str, Any]:
    """All figures of some runs."""
    counted = [run for run in runs if run.in_scope and run.truth is not None]
    pairs = [(str(run.truth), run.said.verdict) for run in counted]
    right = sum(true == said for true, said in pairs)
    healthy = [run for run in counted if run.truth == "healthy"]
    alarms = sum(run.said.verdict in ALARMS for run in healthy)
    lacking = [run for run in counted if run.truth == "not-enough-evidence"]
    regrets = [run.regret for run in counted if math.isfinite(run.regret)]
    came = [far for run in runs if (far := came_as_far_as_said(run)) is not None]
    return {
        "runs": len(runs),
        "in_scope": len(counted),
        "left_out_as_unclear": sum(run.in_scope and run.truth is None for run in runs),
        "right": right,
        "right_interval": _rounded(wilson(right, len(counted))),
        "macro_f1": round(macro_f1(pairs), 4) if pairs else None,
        "macro_f1_interval": _rounded(_bootstrap(counted)) if pairs else None,
        "confusion": {
            true: dict(Counter(said for other, said in pairs if other == true)) for true in VERDICTS
        },
        "healthy_in_doubt": dict(Counter(str(run.truth) for run in counted if _in_doubt(run))),
        "found_interval": {
            true: _rounded(wilson(pairs.count((true, true)), sum(other == true for other, _ in pairs)))
            for true in VERDICTS
        },
        "healthy": len(healthy),
        "false_alarms": alarms,
        "false_alarms_interval": _rounded(wilson(alarms, len(healthy))),
        "false_alarms_in_the_first_fifth": sum(bool(run.early) for run in healthy),
        "lacking_evidence": len(lacking),
        "lacking_evidence_said_so": sum(run.said.verdict == "not-enough-evidence" for run in lacking),
        "median_regret": round(statistics.median(regrets), 5) if regrets else None,
        "twice_as_long": {"came_as_far_as_said": sum(came), "runs": len(came)},
    }


def came_as_far_as_said(run: Judged) -> bool | None:
    """Whether a run that was still falling came as far as the remedy says when it was made twice as long; None for other runs."""
    last = next((one.evidence.get("last") for one in run.said.findings if one.code == STILL_FALLING), None)
    longer = [loss for _, loss, _ in run.record["twice"] if math.isfinite(loss)]
    if not run.in_scope or last is None or not longer or run.said.verdict != "underfitting":
        return None
    best = run.said.numbers["best_loss"]
    # The detector knows the evaluation loss, the truth the test loss: what is compared is the factor.
    fell_to = min(longer) / min(loss for _, loss, _ in run.record["test"])
    return fell_to <= after_twice_as_long(best, last) / best


def _in_doubt(run: Judged) -> bool:
    """Whether it is called healthy, and a rise is told that may be chance."""
    return run.said.verdict == "healthy" and any(finding.code == IN_DOUBT for finding in run.said.findings)


def _bootstrap(runs: Sequence[Judged], draws: int = 1000) -> tuple[float, float]:
    """95 % interval of macro-F1; runs of one data set and technique are drawn together, as they resemble each other."""
    draw = random.Random(0)
    groups: dict[Any, list[tuple[str, str]]] = {}
    for run in runs:
        groups.setdefault(tuple(run.record["cell"][:3]), []).append((str(run.truth), run.said.verdict))
    names = sorted(groups)
    scores = sorted(
        macro_f1([pair for name in draw.choices(names, k=len(names)) for pair in groups[name]])
        for _ in range(draws)
    )
    return scores[int(0.025 * draws)], scores[int(0.975 * draws) - 1]


def _rounded(interval: tuple[float, float]) -> list[float]:
    return [round(bound, 4) for bound in interval]


def mistakes(runs: Sequence[Judged]) -> list[str]:
    """A line for each run in scope whose verdict was not the truth."""
    return [
        f"{run.truth} → {run.said.verdict} ({', '.join(one.code for one in run.said.findings)}): {run.record['name']}"
        for run in runs
        if run.in_scope and run.truth not in (None, run.said.verdict)
    ]


def changed() -> list[str]:
    """Names of test runs that are not the ones whose hashes were committed."""
    pinned = json.loads(HASHES.read_text("utf-8"))
    there = {one["name"]: digest(one) for model in ("tiny", "starter") for one in records(model)}
    return sorted(name for name, known in pinned.items() if there.get(name) != known)


def main(part: str) -> None:
    """Print the figures of a part; those of the test part are written down, too."""
    by_model = {model: judged(model, part) for model in ("tiny", "starter") if records(model)}
    together = [run for runs in by_model.values() for run in runs]
    found = {model: figures(runs) for model, runs in by_model.items()} | {"together": figures(together)}
    unseen = {run.name for model in by_model for run in plan(model) if run.unseen}  # type: ignore[arg-type]
    found["unseen"] = figures([run for run in together if run.record["name"] in unseen])
    print(json.dumps(found, indent=1))
    print(*mistakes(together), sep="\n", file=sys.stderr)
    if part == "test":
        write(RESULT, {"what": __doc__.splitlines()[0], "changed_since_pinned": changed(), **found})
        shipped = beside_the_verdict(found, date.today().isoformat())
        BESIDE_THE_VERDICT.write_text(json.dumps(shipped, indent=1) + "\n", encoding="utf-8")


def beside_the_verdict(found: dict[str, Any], measured: str) -> dict[str, Any]:
    """What the package ships of it: how often each verdict was right where it was said, and all of them on each model."""
    confusion, doubted = found["together"]["confusion"], found["together"]["healthy_in_doubt"]
    true_of = {said: {true: row.get(said, 0) for true, row in confusion.items()} for said in VERDICTS}
    true_of["healthy"] = {true: count - doubted.get(true, 0) for true, count in true_of["healthy"].items()}
    true_of[IN_DOUBT] = {true: doubted.get(true, 0) for true in VERDICTS}
    return {
        "measured": measured,
        "by_verdict": {
            said: _said_of(counts, said if said != IN_DOUBT else "healthy")
            for said, counts in true_of.items()
        },
        **{
            model: {"right": found[model]["right"], "runs": found[model]["in_scope"]}
            for model in ("starter", "tiny")
        },
    }


def _said_of(counts: dict[str, int], said: str) -> dict[str, Any]:
    others = {true: count for true, count in counts.items() if true != said}
    return {"right": counts.get(said, 0), "said": sum(counts.values()), "else": _mostly(others)}


def _mostly(counts: dict[str, int]) -> str | None:
    """The one that makes up more than half of them; None where none does."""
    return next((name for name, count in counts.items() if 2 * count > sum(counts.values())), None)


if __name__ == "__main__":
    if sys.argv[1:] not in (["tune"], ["test"]):
        sys.exit(__doc__)
    main(sys.argv[1])
