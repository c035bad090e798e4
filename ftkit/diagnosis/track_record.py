"""How often verdicts were right on test runs of which the truth is known: figures that a benchmark wrote, read from a file.

``python -m benchmarks.histories.score test`` makes the file; nobody writes a number into it by hand.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

_FILE = Path(__file__).with_name("track_record.json")

LONGEST_EPOCHS = 5
"""The runs that the figures are about took no more."""

WHAT = (
    "Real trainings of a tiny model and of the starter model, mostly of 1 to 5 epochs. What was true of each is known from "
    "examples that the verdict does not see. See docs/track-record.md."
)


@cache
def _figures() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(_FILE.read_text("utf-8"))
    return found


def track_record(verdict: str, epochs: float | None = None) -> dict[str, Any]:
    """The figures that stand beside a verdict.

    Parameters
    ----------
    epochs
        How many the run took, where that is known.

    Returns
    -------
    dict
        ``verdict``: the same. ``right`` of ``said``: of so many test runs this was said, and so often it was true, both models together; ``else``: what was
        true of most of the others, ``None`` where there is no such thing.
        ``starter`` and ``tiny``: all verdicts on each model's runs, as ``right`` of ``runs``. ``measured``: the day.
        ``longer``: whether the run took more epochs than those.
    """
    figures = _figures()
    by_verdict = figures["by_verdict"].get(verdict, {"right": 0, "said": 0, "else": None})
    models = {name: dict(figures[name]) for name in ("starter", "tiny")}
    longer = epochs is not None and epochs > LONGEST_EPOCHS
    return {"verdict": verdict, **by_verdict, **models, "measured": figures["measured"], "longer": longer}


def in_words(record: dict[str, Any]) -> str:
    """How often this verdict was right and what was true else, and how often any was on the starter model's runs."""
    starter = record["starter"]
    every = f"On SmolLM2 alone {starter['right']} of {starter['runs']} verdicts of any kind were right."
    longer = f" Those runs took 1 to {LONGEST_EPOCHS} epochs, this one more." if record.get("longer") else ""
    if not record["said"]:
        return f"No test run got this verdict yet. {every}{longer}"
    if record.get("verdict") == "not-enough-evidence":
        return f"This was said of {record['said']} test runs, and {record['right']} of them did lack evidence.{longer}"
    times = f"{record['right']} of {record['said']} times"
    other = f"; the other times it was mostly {record['else']}" if record["else"] else ""
    return f"In test runs of SmolLM2 and of a smaller model this verdict was right {times}{other}. {every}{longer}"
