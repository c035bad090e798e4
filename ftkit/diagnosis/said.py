"""Figures as a sentence says them."""

from __future__ import annotations

SMALL, NOTHING, HUGE = 0.1, 1e-9, 1e6
MANY_TIMES = 10
SURE = "95 of 100 times"
"""How surely a figure would lie in the range that is told beside it, were other rows drawn: a 95 % interval."""
# From here on a decimal is enough, and from there on none is needed.
LARGE, VERY_LARGE = 100, 1000


def figure(value: float) -> str:
    """A loss, or a difference of two: three decimals, fewer of a large one; of a very small or huge one its first digits."""
    size = abs(value)
    if size < NOTHING:
        return f"{0:.3f}"
    if size < SMALL or size >= HUGE:
        return f"{value:.3g}"
    return f"{value:.{0 if size >= VERY_LARGE else 1 if size >= LARGE else 3}f}"


def above(share: float) -> str:
    """How far something lies above another: ``12 % above``, or where that is a lot, ``at 12 times``."""
    return f"{100 * share:.0f} % above" if share < MANY_TIMES else f"at {1 + share:.3g} times"
