"""What twice as long should bring a run that was still falling: what it brought real runs that were made both ways."""

from __future__ import annotations

from collections.abc import Iterable

from ftkit.diagnosis.outcome import Finding
from ftkit.diagnosis.reading import Reading
from ftkit.diagnosis.said import figure

# The last third of the learning had divided the loss by some factor; in nine of ten runs twice as many epochs divided it by this
# power of that factor at least. Runs of benchmarks/histories in which FT109 was found, of the part that thresholds are set on
# (on the tiny model and on the starter alike); how often it held in the other part is in docs/track-record.md.
POWER = 0.8
STILL_FALLING = "FT109"


def after_twice_as_long(best: float, last: float) -> float:
    """The loss that a run which is twice as long should reach, or fall below.

    Parameters
    ----------
    best
        The lowest loss of this run, above 0.
    last
        What the last third of the learning brought (FT109's evidence).
    """
    return best * (1 + last / best) ** -POWER


def of_twice_as_long(reading: Reading, findings: Iterable[Finding]) -> str | None:
    """Which evaluation loss should be reached, in a sentence; ``None`` where nothing was measured of such a run.

    Parameters
    ----------
    findings
        What was found. Where FT109 was not, or without the learning rates, the measured runs say nothing.
    """
    last = next((one.evidence.get("last") for one in findings if one.code == STILL_FALLING), None)
    # Of many evaluations the lowest may be low by luck: twice as long would not be measured from there.
    best = reading.steadily_best
    if last is None or best <= 0 or not reading.knows_the_rates:
        return None
    return (
        f"An evaluation loss of {figure(after_twice_as_long(best, last))} or less, after {figure(best)}: nine of ten "
        "measured runs came that far when they were made twice as long."
    )
