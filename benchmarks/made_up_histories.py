"""Verdicts and stops on made-up histories of known shape: macro-F1, false alarms and stops on noise, regret of stopping.

The families that thresholds were set on and those that were held out are reported apart. Nothing is trained; numpy only,
some five minutes on one core.
"""

from __future__ import annotations

import statistics
from collections import Counter
from typing import Any

import numpy as np

from benchmarks.pairs import write
from ftkit.diagnosis import diagnose, should_stop
from ftkit.runfolder import History
from tests.diagnosis.simulated import (
    FAMILIES,
    HELD_OUT,
    LOOKED_AT,
    TUNED_ON,
    Simulated,
    histories,
    macro_f1,
    noise_only,
)

EACH = 60
FIRST = 1000  # seeds that no threshold was set on
STOPS_EACH = {None: 4, 60: 20, 20: 20, 10: 20, 8: 20}
FALSE_STOPS_RUNS = 40
EVALUATIONS = (None, 8, 10, 20)
NOISE_RUNS = 200


def verdicts(families: dict[str, Any], each: int) -> dict[str, Any]:
    """Macro-F1 over three classes and over overfitting or not, whole and thinned; what the mistakes were."""
    found: dict[str, Any] = {}
    made = list(histories(families, each, FIRST))
    for evaluations in EVALUATIONS:
        pairs, mistakes = [], Counter[str]()
        for history in made:
            seen = history if evaluations is None else history.thinned(evaluations)
            said = diagnose(seen.series()).verdict
            pairs.append((history.truth, said))
            if said != history.truth:
                mistakes[f"{history.family}: {history.truth} → {said}"] += 1
        two = [(str(true == "overfitting"), str(said == "overfitting")) for true, said in pairs]
        healthy = [said for true, said in pairs if true == "healthy"]
        found["whole" if evaluations is None else str(evaluations)] = {
            "histories": len(pairs),
            "macro_f1": round(macro_f1(pairs), 4),
            "macro_f1_overfitting_or_not": round(macro_f1(two), 4),
            "false_alarms_on_healthy": round(
                sum(said == "overfitting" for said in healthy) / len(healthy), 4
            ),
            "mistakes": dict(mistakes.most_common()),
        }
    return found


def stops(families: dict[str, Any], each: int, evaluations: int | None = None) -> dict[str, Any]:
    """Ask `should_stop` at every evaluation, and compare the best step seen until then with the best of all.

    By family, and what is true of its histories: a stop is right where they overfit, and wrong everywhere else.
    """
    found: dict[str, Any] = {}
    by_truth: dict[str, list[Simulated]] = {}
    for whole in histories(families, each, FIRST):
        made = whole if evaluations is None else whole.thinned(evaluations)
        by_truth.setdefault(f"{made.family}: {made.truth}", []).append(made)
    for name, group in by_truth.items():
        regrets, kept, at, shares = [], 0, [], []
        for history in group:
            stop = first_stop(history.series())
            seen = history.eval[:stop]
            kept += int(np.argmin(history.eval)) < len(seen)
            regrets.append(float(history.clean[int(np.argmin(seen))] / history.clean.min() - 1))
            if stop is not None:
                at.append(float(history.steps[stop - 1]))
                shares.append(stop / len(history.steps))
        found[name] = {
            "histories": len(group),
            "stopped": len(at),
            "kept_the_best_epoch": kept,
            "median_regret": round(statistics.median(regrets), 5),
            "largest_regret": round(max(regrets), 5),
            "mean_epoch_of_the_stop": round(statistics.mean(at), 1) if at else None,
            "mean_share_of_the_run": round(statistics.mean(shares), 3) if shares else None,
        }
    return found


def first_stop(series: dict[str, Any]) -> int | None:
    """After how many evaluations it says stop; None where it never does. Nobody says how often it will be asked."""
    whole = History.from_series({**series, "total_steps": None})
    for count, (step, _) in enumerate(whole.eval, 1):
        if should_stop(whole.until(step))[0]:
            return count
    return None


def false_stops(runs: int) -> dict[str, dict[str, float]]:
    """Share of runs that come down and then only shake that are stopped, by number of evaluations."""
    found: dict[str, dict[str, float]] = {}
    for memory in (0.0, 0.5, 0.8):
        for size in (0.005, 0.02, 0.1):
            made = {
                count: [noise_only(count, size, seed, memory, falls=2.0) for seed in range(runs)]
                for count in (10, 20, 60)
            }
            found[f"noise {size}, memory {memory}"] = {
                str(count): round(sum(first_stop(series) is not None for series in group) / runs, 4)
                for count, group in made.items()
            }
    return found


def false_alarms(runs: int) -> dict[str, dict[str, float]]:
    """Share of pure noise around a plateau that is called overfitting, by number of evaluations."""
    found: dict[str, dict[str, float]] = {}
    for memory in (0.0, 0.5):
        for size in (0.005, 0.02, 0.1):
            rates = {}
            for evaluations in (5, 6, 8, 10, 15, 20, 30, 60, 200, 1000):
                made = (noise_only(evaluations, size, seed, memory) for seed in range(runs))
                alarms = sum(diagnose(series).verdict == "overfitting" for series in made)
                rates[str(evaluations)] = round(alarms / runs, 4)
            found[f"noise {size}, memory {memory}"] = rates
    return found


def main() -> None:
    write(
        "made_up_histories",
        {
            "what": "ftkit.diagnose and ftkit.should_stop on made-up histories of 200 to 1,000 epochs",
            "tuned_on": {"families": sorted(TUNED_ON), "verdicts": verdicts(TUNED_ON, EACH)},
            "looked_at": {"families": sorted(LOOKED_AT), "verdicts": verdicts(LOOKED_AT, EACH)},
            "held_out": {"families": sorted(HELD_OUT), "verdicts": verdicts(HELD_OUT, EACH)},
            "stops": {
                "whole" if evaluations is None else str(evaluations): stops(FAMILIES, each, evaluations)
                for evaluations, each in STOPS_EACH.items()
            },
            "false_stops_on_noise": false_stops(FALSE_STOPS_RUNS),
            "false_alarms_on_noise": false_alarms(NOISE_RUNS),
        },
    )


if __name__ == "__main__":
    main()
