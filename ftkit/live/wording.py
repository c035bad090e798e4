"""The texts beside the chart: numbers as people read them."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Any

from ftkit.diagnosis import VERDICT_WORDS, Diagnosis
from ftkit.runfolder import History

LOSS_NOTE = (
    "The loss says how surprised the model is by the right answers: lower is better. The evaluation loss is "
    "measured on examples that it does not train on, so that is the one to watch."
)

SHADE_NOTE = "“Within chance”, the pale band: how far other held-out examples could move an evaluation from the best one."


def how_to_read(loss_note: str, curves: Iterable[Mapping[str, Any]]) -> str:
    """The sentences on how to read the losses, with one for the shade where there is one."""
    shaded = any(curve.get("meta") == "band" for curve in curves)
    return f"{loss_note} {SHADE_NOTE}" if shaded else loss_note


def duration(seconds: float) -> str:
    """Such as ``40 s``, ``2 min`` or ``1 h 20 min``."""
    if seconds < 90:
        return f"{max(1, round(seconds))} s"
    minutes = round(seconds / 60)
    if minutes < 90:
        return f"{minutes} min"
    return f"{minutes // 60} h {minutes % 60:02d} min"


def memory(amount: float) -> str:
    """Bytes as ``1.8 GB`` or ``640 MB``."""
    return f"{amount / 1e9:.1f} GB" if amount >= 1e9 else f"{amount / 1e6:.0f} MB"


def _given(status: Mapping[str, Any], name: str) -> float | None:
    value = status.get(name)
    return float(value) if isinstance(value, int | float) and math.isfinite(value) else None


def _speed(steps: float) -> str:
    """Steps a second as people say it; never with an exponent."""
    number = steps if steps >= 1 else 1 / steps
    shown = f"{number:.0f}" if number >= 10 else f"{number:.2g}"
    return f"{shown} steps/s" if steps >= 1 else f"{shown} s a step"


def numbers(
    history: History, status: Mapping[str, Any], total_steps: int | None, epochs: float | None
) -> list[tuple[str, str]]:
    """The numbers beside the chart, as pairs of label and text; what is not known is left out."""
    step = int(_given(status, "step") or history.last_step)
    found = [("step", f"{step} of {total_steps}" if total_steps else str(step))]
    epoch = _given(status, "epoch")
    if epoch is not None:
        found.append(("epoch", f"{epoch:.2f} of {epochs:g}" if epochs else f"{epoch:.2f}"))
    measure = history.measure
    for label, points in (("training", measure.train), ("evaluation", measure.eval)):
        if points:
            found.append((f"{label} {measure.name}", f"{points[-1][1]:.3f}"))
    gap = gap_to_training(history)
    if gap is not None:
        step, by = gap
        latest = step == history.eval[-1][0]
        found.append(("gap to training" if latest else f"gap at step {step}", f"{by:+.3f}"))
    best, base = measure.best, measure.base
    if best and base is not None and best[0] > 0:
        gain = best[1] - base if measure.higher else base - best[1]
        found.append(("gain over the base", f"{gain:.3f}"))
    rate = _given(status, "learning_rate")
    if rate is None and history.learning_rate:
        rate = history.learning_rate[-1][1]
    if rate is not None:
        found.append(("learning rate", f"{rate:.2e}" if rate else "0"))
    speed = _given(status, "steps_per_second")
    if speed:
        found.append(("speed", _speed(speed)))
    tokens = _given(status, "tokens_per_second")
    if tokens:
        found.append(("tokens", f"{tokens:,.0f} a second"))
    used = _given(status, "memory_bytes")
    if used:
        found.append(("memory", memory(used)))
    left = _given(status, "seconds_left")
    if left is not None and status.get("state", "running") == "running":
        found.append(("time left", f"about {duration(left)}" if left > 0 else "nearly done"))
    return found


def gap_to_training(history: History) -> tuple[int, float] | None:
    """The last step at which training examples were measured as the held-out ones are, and how far these lie above them."""
    if history.rewarded:
        return None
    held_out = dict(history.eval)
    # Before the first step there is nothing that the model could know of the one and not of the other.
    both = [(step, held_out[step] - loss) for step, loss in history.train_slice if step and step in held_out]
    return both[-1] if both and math.isfinite(both[-1][1]) else None


def picture(history: History) -> str:
    """The chart in one sentence, for people who do not see it."""
    measure, parts = history.measure, []
    for label, points in (("training", measure.train), ("evaluation", measure.eval)):
        if points:
            parts.append(f"{label} {measure.name} from {points[0][1]:.2f} to {points[-1][1]:.2f}")
    best = measure.best
    if best:
        by = f" by {measure.kept.metric}" if measure.kept is not None else ""
        parts.append(f"best{by} {best[1]:.2f} at step {best[0]}")
    what = "rewards" if history.rewarded else "losses"
    return f"Chart of the {what}: {', '.join(parts) if parts else 'nothing logged yet'}."


def announcement(diagnosis: Diagnosis) -> str:
    """What a screen reader says when the verdict changes: the word, not the numbers."""
    if diagnosis.verdict == "not-enough-evidence":
        return "Verdict: it is too early to tell."
    return f"Verdict: {VERDICT_WORDS[diagnosis.verdict].lower()}."


def plain(run: str, history: History, diagnosis: Diagnosis | None) -> str:
    """The run in a few lines of text: stays in the notebook beside the picture."""
    lines = [f"Training {run!r}: {history.last_step} {'step' if history.last_step == 1 else 'steps'}."]
    measure = history.measure
    base, best = measure.base, measure.best
    if best:
        start = f" (base model {base:.3f})" if base is not None else ""
        which = "Highest" if measure.higher else "Lowest"
        if measure.kept is not None:
            lines.append(f"Best step {best[0]} ({measure.kept.words}), evaluation loss {best[1]:.3f}{start}.")
        else:
            lines.append(f"{which} evaluation {measure.name} {best[1]:.3f} at step {best[0]}{start}.")
    if measure.train:
        lines.append(f"Last training {measure.name} {measure.train[-1][1]:.3f}.")
    if diagnosis is not None:
        lines.append(diagnosis.sentence)
    return "\n".join(lines)
