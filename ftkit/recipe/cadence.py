"""When a run looks at its held-out examples, and at how many of them."""

from __future__ import annotations

import math
from dataclasses import dataclass

EVALUATION_SHARE = 0.15
# An evaluated row costs one forward pass; a trained one that and the way back. Measured with LoRA and dropout on the
# starter model: 2.4 with one core, 2.9 with two.
COST_OF_A_TRAINED_ROW = 2.9
FEWEST, WANTED, MOST = 10, 12, 20
"""How many evaluations a run has, the one before the first step included."""
FEWEST_FOR_A_VERDICT = 5
FEWEST_ROWS = 10
"""Held-out rows below which an evaluation says too little: then there are fewer evaluations instead."""


@dataclass(frozen=True)
class Cadence:
    """The evaluations of a run.

    Attributes
    ----------
    every
        Steps between two.
    rows
        Held-out examples that each looks at.
    reason, rows_reason
        Why so often, and why so many examples.
    """

    every: int
    rows: int
    reason: str
    rows_reason: str


def count_evaluations(total: int, every: int) -> int:
    """One before the first step, one every so many steps, one after the last: the trainer's way of counting."""
    return math.ceil(total / every) + 1


def evaluations(total: int, trained_rows: float, held_out: int, before: int | None = None) -> Cadence:
    """Ten to twenty evaluations that together stay within their share of the time.

    Where all held-out examples would take too long, each evaluation looks at the same part of them. Where a
    run is so small that even few examples would take too long, there are fewer evaluations.

    Parameters
    ----------
    total, trained_rows
        Steps, and examples that they train on, of the whole run.
    held_out
        Examples that are held back.
    before
        How many of them the run looked at that this one is held against: then it looks at as many.
    """
    affordable = EVALUATION_SHARE / (1 - EVALUATION_SHARE) * COST_OF_A_TRAINED_ROW * trained_rows
    if before is not None and before <= held_out:
        return _like_the_one_before(total, affordable, held_out, before)

    def cadence(every: int, rows: int, why: str, why_rows: str = "fewer would say nothing") -> Cadence:
        why_rows = "all that are held back" if rows == held_out else why_rows
        return Cadence(every, rows, f"{count_evaluations(total, every)} evaluations{why}", why_rows)

    usual = _wanted_first(total, FEWEST)
    for every in usual:
        if count_evaluations(total, every) * held_out <= affordable:
            return cadence(every, held_out, ", the first before any training")
    fewest = max(usual)
    rows = min(held_out, int(affordable / count_evaluations(total, fewest)))
    if rows >= min(held_out, FEWEST_ROWS):
        fit = f"of {held_out:,} held back: as many as fit into 15 % of the time"
        return cadence(fewest, rows, ", the first before any training", fit)
    rows = min(held_out, FEWEST_ROWS)
    fewer = sorted(_choices(total, FEWEST_FOR_A_VERDICT, FEWEST - 1))
    for every in fewer:
        if count_evaluations(total, every) * rows <= affordable:
            return cadence(every, rows, ": as many as fit into 15 % of the time")
    return cadence(fewer[-1], rows, ": fewer would say nothing, though they take long on so small a run")


def _like_the_one_before(total: int, affordable: float, held_out: int, rows: int) -> Cadence:
    """As many examples as in the run before; where they take long, fewer evaluations."""
    choices = _wanted_first(total, FEWEST_FOR_A_VERDICT)
    fitting = (every for every in choices if count_evaluations(total, every) * rows <= affordable)
    every = next(fitting, max(choices))
    why = "all that are held back"
    if rows < held_out:
        why = f"of {held_out:,} held back: as many as in the run before, so that the two can be compared"
    return Cadence(
        every, rows, f"{count_evaluations(total, every)} evaluations, the first before any training", why
    )


def _wanted_first(total: int, least: int) -> list[int]:
    choices = _choices(total, least, MOST)
    return sorted(choices, key=lambda every: (abs(count_evaluations(total, every) - WANTED), -every))


def _choices(total: int, low: int, high: int) -> list[int]:
    """The steps between evaluations that give at least `low` and at most `high`, or the most there can be."""
    found = {math.ceil(total / (count - 1)) for count in range(low, high + 1)}
    return [every for every in found if low <= count_evaluations(total, every) <= high] or [1]
