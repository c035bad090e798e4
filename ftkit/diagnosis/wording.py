"""A verdict in one sentence, with the numbers."""

from __future__ import annotations

from ftkit.diagnosis.checks.ft002_too_few_points import FEWEST_EVALUATIONS as ENOUGH_FOR_A_VERDICT
from ftkit.diagnosis.checks.ft109_still_falling import (
    FEWEST_EVALUATIONS,
    SHARE_OF_LEARNED,
    after,
    by_thirds,
)
from ftkit.diagnosis.checks.ft120_rise_in_doubt import OF_THE_LOSS, beginning_of, end_of, rise_in_doubt
from ftkit.diagnosis.outcome import VERDICT_WORDS, Finding
from ftkit.diagnosis.reading import Reading
from ftkit.diagnosis.rising import rose_throughout
from ftkit.diagnosis.said import above, figure

# A curve that still brought this share of its gain at the end is not flat, healthy as it may be.
NOT_YET_FLAT = 0.03
# With this share it is near the line to "underfitting".
NOT_YET_DONE = 0.06
# A loss that fell by less than this share stayed where it was, and there is nothing to take shares of.
_MOVED = 0.005
# What tells of a training that went to pieces whatever else is missing.
BEYOND_DOUBT = {"FT102", "FT103", "FT105", "FT113"}


def broken_beyond_doubt(findings: tuple[Finding, ...]) -> Finding | None:
    """The finding that a training went to pieces, where few points leave no doubt about it."""
    return next((item for item in findings if item.verdict == "unstable" and item.code in BEYOND_DOUBT), None)


def sentence_of(
    verdict: str, reasons: tuple[Finding, ...], reading: Reading, findings: tuple[Finding, ...] = ()
) -> str:
    """The verdict in plain words; `reasons` are those of the findings that argue for it, the first one is told."""
    so_far = "" if reading.ended else " so far"
    opening = f"{VERDICT_WORDS[verdict]}{so_far}"
    if verdict == "not-enough-evidence":
        no_more_comes = reading.history.rewarded or reading.ended
        cannot = "I cannot tell" if no_more_comes else "I cannot tell yet"
        broken = broken_beyond_doubt(findings)
        looks = f" But it looks broken: {broken.sentence[0].lower()}{broken.sentence[1:]}" if broken else ""
        return f"{cannot}. {reasons[0].sentence}{looks or _but_it_rose(reasons, reading, findings)}"
    if verdict == "healthy":
        return f"{opening}: {_healthy_course(reading)}."
    text = f"{opening}: {reasons[0].sentence[0].lower()}{reasons[0].sentence[1:]}"
    if verdict == "overfitting":
        text += f" The model of step {reading.best_step}{by_metric(reading)} is the one to keep."
    return text


def _but_it_rose(reasons: tuple[Finding, ...], reading: Reading, findings: tuple[Finding, ...]) -> str:
    """What few evaluations show all the same; of many the checks tell."""
    few = len(reading.eval) < ENOUGH_FOR_A_VERDICT and any(item.code == "FT002" for item in reasons)
    if not few or any(item.code == "FT008" for item in findings):
        return ""
    rose = rose_throughout(reading)
    return f" But {rose[0].lower()}{rose[1:]}" if rose else ""


def by_metric(reading: Reading) -> str:
    """By what the checkpoint is chosen, in brackets; empty where it is the loss."""
    return "" if reading.history.kept is None else f" ({reading.history.kept.words})"


def _healthy_course(reading: Reading) -> str:
    where = "base model" if reading.base is not None else "first evaluation"
    if reading.history.measured_base is not None:
        # The curve does not start at the base: what it fell from is another number than what it has to beat.
        where = f"first evaluation; the base model's is {figure(reading.history.measured_base)}"
        return _course(reading, float(reading.eval.values[0]), where)
    return _course(reading, reading.reference, where)


def _course(reading: Reading, start: float, where: str) -> str:
    in_doubt, restarted = rise_in_doubt(reading) is not None, _rose_since_a_restart(reading)
    rose = in_doubt or restarted
    if not rose and (reading.best == 0 or reading.gain < _MOVED * abs(start)):
        return f"the evaluation loss stayed near {figure(start)} ({where})"
    fell = f"the evaluation loss fell from {figure(start)} ({where}) to {figure(reading.best_loss)}"
    if rose:
        end, share = end_of(reading)
        so_far = (
            f"the evaluation loss never came below {figure(start)} ({where})"
            if reading.best == 0
            else f"{fell} at step {reading.lowest_step}"
        )
        so = (
            "tells nothing yet: the learning rate was raised again since, and comes down once more"
            if restarted
            else f"may be chance or the beginning of {beginning_of(reading)}"
        )
        return f"{so_far}. {end.capitalize()} lies {above(share)} that, which {so}"
    if not reading.ended:
        return f"{fell} at step {reading.lowest_step} and has not turned up"
    late = brought_late(reading)
    if late >= NOT_YET_FLAT:
        little = "" if late >= SHARE_OF_LEARNED else "a little "
        more = f", so a longer run may bring {little}more" if late >= NOT_YET_DONE else ""
        found = by_thirds(reading)
        share = 100 * found["fell"] / found["gain"]
        return (
            f"{fell} at step {reading.lowest_step} and did not turn up; {share:.0f} % of that fall came "
            f"{after(found, reading)}{more}"
        )
    return f"{fell} at step {reading.lowest_step}, has flattened out and did not turn up"


def _rose_since_a_restart(reading: Reading) -> bool:
    """Whether there is a rise that FT101 does not ask about before the rate has come down once more."""
    rise, level = reading.rise, abs(reading.best_loss)
    up = rise is not None and level > 0 and rise.value >= OF_THE_LOSS * level
    return up and not reading.ended and reading.is_restarted


def brought_late(reading: Reading) -> float:
    """Which share of all that was gained the last third of the learning brought; 0 where that cannot be said."""
    if len(reading.eval) < FEWEST_EVALUATIONS:
        return 0.0
    found = by_thirds(reading)
    share = found["last"] / found["gain"] if found["gain"] > 0 else 0.0
    # More than all of it is what noise brought and took.
    return share if share <= 1 else 0.0
