"""The figures of a reading that are shown and kept: losses or rewards, their steps, the gap."""

from __future__ import annotations

from typing import Any

from ftkit.diagnosis.reading import Reading


def numbers_of(reading: Reading) -> dict[str, Any]:
    """The figures for chart, verdict line and JSON."""
    if reading.history.rewarded:
        return _of_rewards(reading)
    found: dict[str, Any] = {
        "evaluations": len(reading.eval),
        "training_points": len(reading.train),
        "last_step": reading.last_step,
        "base_loss": reading.base,
    }
    if len(reading.eval):
        found |= {
            "best_loss": reading.best_loss,
            "last_eval_loss": float(reading.eval.values[-1]),
            "rows": reading.per_row.rows if reading.per_row else None,
        }
    if len(reading.train):
        found["last_train_loss"] = float(reading.train.values[-1])
    if reading.history.kept is not None:
        found |= {"best_by": reading.history.kept.metric, "best_value": reading.history.kept.value}
    if reading.gap is not None:
        found |= {"gap": reading.gap.value, "gap_interval": [reading.gap.low, reading.gap.high]}
    return found


def _of_rewards(reading: Reading) -> dict[str, Any]:
    measure = reading.history.measure
    found: dict[str, Any] = {
        "evaluations": len(measure.eval),
        "training_points": len(measure.train),
        "last_step": reading.last_step,
        "base_reward": measure.base,
    }
    if measure.best is not None:
        found |= {"best_reward": measure.best[1], "last_eval_reward": measure.eval[-1][1]}
    if measure.train:
        found["last_train_reward"] = measure.train[-1][1]
    return found
