"""Other packages on the same test runs: trainlens and training-doctor beside ftkit.

    pip install --target elsewhere trainlens==0.20.0 training-doctor==0.1.0
    PYTHONPATH=elsewhere python -m benchmarks.histories.beside

Both are shown what they read: the curves of losses, rates and gradient norms. Neither has words for all that is asked here: trainlens knows
no underfitting and neither says that it cannot tell. So the second figure, overfitting or not, is the one that both claim to give.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from benchmarks.histories.score import Judged, judged
from benchmarks.pairs import write
from tests.diagnosis.simulated import macro_f1

# What their findings come to, the first that was found deciding.
_TRAINLENS = {"Possible overfitting": "overfitting", "Validation metric is unstable": "unstable"}
_DOCTOR = {
    "Overfitting detected": "overfitting",
    "Gradient instability detected": "unstable",
    "Learning rate likely too high": "unstable",
    "Learning rate may be too low": "underfitting",
    "Training plateau detected": "underfitting",
}


def by_trainlens(record: dict[str, Any]) -> str:
    """Its own analysis of a history, as its notebook command makes it."""
    from trainlens.pipeline import analyze

    losses = {"train_loss": record["train"], "validation_loss": record["eval"]}
    history = {name: [value for _, value in points] for name, points in losses.items()}
    return _first(_TRAINLENS, [signal.title for signal in analyze({"history": history}).signals])


def by_doctor(record: dict[str, Any]) -> str:
    """Its own analysis of a log, step by step."""
    from training_doctor.doctor import Doctor

    doctor = Doctor()
    rows: dict[int, dict[str, float]] = {}
    for theirs, ours in (
        ("loss", "train"),
        ("eval_loss", "eval"),
        ("lr", "learning_rate"),
        ("grad_norm", "grad_norm"),
    ):
        for step, value in record[ours]:
            rows.setdefault(step, {})[theirs] = value
    for step in sorted(rows):
        doctor.store.log(step, **rows[step])
    return _first(_DOCTOR, [one.problem for one in doctor.analyze()])


def _first(meaning: dict[str, str], said: list[str]) -> str:
    return next((verdict for title, verdict in meaning.items() if title in said), "healthy")


def figures(runs: list[Judged], say: Callable[[dict[str, Any]], str]) -> dict[str, Any]:
    """Macro-F1 of all verdicts, and of overfitting or not; false alarms on healthy runs."""
    counted = [run for run in runs if run.in_scope and run.truth is not None]
    pairs = [(str(run.truth), say(run.record)) for run in counted]
    told = [pair for pair in pairs if pair[0] != "not-enough-evidence"]
    two = [(str(true == "overfitting"), str(said == "overfitting")) for true, said in told]
    healthy = [said for true, said in pairs if true == "healthy"]
    return {
        "runs": len(pairs),
        "macro_f1": round(macro_f1(pairs), 4),
        "macro_f1_overfitting_or_not": round(macro_f1(two), 4),
        "right": sum(true == said for true, said in pairs),
        "healthy": len(healthy),
        "false_alarms": sum(said != "healthy" for said in healthy),
    }


def main() -> None:
    """The three on the test part."""
    runs = judged("tiny", "test") + judged("starter", "test")
    ours = {run.record["name"]: run.said.verdict for run in runs}
    sides = {"ftkit": lambda record: ours[record["name"]], "trainlens 0.20.0": by_trainlens}
    sides["training-doctor 0.1.0"] = by_doctor
    found = {name: figures(runs, say) for name, say in sides.items()}
    write("beside", {"what": (__doc__ or "").splitlines()[0], **found})


if __name__ == "__main__":
    main()
