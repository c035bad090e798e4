"""Figures as a sentence says them."""

from __future__ import annotations

SMALL, NOTHING, HUGE = 0.1, 1e-9, 1e6
MANY_TIMES = 10


def figure(value: float) -> str:
    """A loss, or a difference of two: three decimals; of one that is very small or very large its first digits."""
    size = abs(value)
    if size < NOTHING:
        return f"{0:.3f}"
    return f"{value:.3g}" if size < SMALL or size >= HUGE else f"{value:.3f}"


def above(share: float) -> str:
    """How far something lies above another: ``12 % above``, or where that is a lot, ``at 12 times``."""
    return f"{100 * share:.0f} % above" if share < MANY_TIMES else f"at {1 + share:.3g} times"
