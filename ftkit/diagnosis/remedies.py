"""What to change next: remedies as data, ranked by what the run showed.

The order follows what is taught about reading curves: overfitting → keep the best step, so a shorter run first, then a
lower learning rate, more dropout, a lower rank (alpha with it), and weight decay last and on long runs only.
Still falling → more epochs. Barely moved → a higher learning rate, then the rank.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from ftkit.diagnosis import changes as change
from ftkit.diagnosis.checks.ft120_rise_in_doubt import beginning_of
from ftkit.diagnosis.for_evidence import for_evidence
from ftkit.diagnosis.forecast import of_twice_as_long
from ftkit.diagnosis.outcome import Finding, Remedy
from ftkit.diagnosis.reading import Reading
from ftkit.diagnosis.rising import answers_got_better
from ftkit.diagnosis.settings import Settings
from ftkit.diagnosis.wording import NOT_YET_FLAT, broken_beyond_doubt, brought_late

_MOST = 5
# By so much a rate is raised or lowered where nobody knows it, in words.
HIGHER, LOWER = "raise it to three times as much first", "lower it to a third first"
NOW_IT_MOVES = "If the run was only too short, the evaluation loss falls visibly now."


def remedies(
    verdict: str, findings: tuple[Finding, ...], reading: Reading, recipe: Mapping[str, Any] | None
) -> tuple[Remedy, ...]:
    """What to try next, most promising first.

    Parameters
    ----------
    recipe
        The run's recipe as a plain tree; without it only what the history tells can be changed.
    """
    settings = Settings(recipe, reading)
    codes = {finding.code for finding in findings}
    tried: list[Remedy | None]
    if verdict == "overfitting":
        tried = [
            change.shorter(settings, reading, change.best_there(reading)),
            change.learning_rate(settings, 0.5, "smaller steps learn the examples by heart more slowly"),
            change.dropout(settings, 0.1, "what the adapter cannot rely on, it cannot learn by heart"),
            change.rank(settings, 0.5, "a smaller adapter has less room to learn by heart"),
            change.weight_decay(settings, reading),
        ]
    elif verdict == "underfitting":
        tried = _underfit(settings, reading, codes, of_twice_as_long(reading, findings))
    elif verdict == "unstable":
        tried = _calmer(settings, findings)
    elif verdict == "not-enough-evidence":
        calmer = _calmer(settings, findings) if broken_beyond_doubt(findings) else []
        tried = [*calmer, *for_evidence(settings, reading, codes)]
    else:
        tried = _next_experiment(settings, reading, codes)
    return tuple(remedy for remedy in tried if remedy is not None)[:_MOST]


def _calmer(settings: Settings, findings: tuple[Finding, ...]) -> list[Remedy | None]:
    # A single value that is no number comes of a skipped step, and is only a tip.
    blown = any(item.code in {"FT102", "FT105"} and item.severity == "issue" for item in findings)
    factor = 0.1 if blown else 1 / 3
    tried = [
        change.learning_rate(settings, factor, "the steps were too large to hold"),
        change.slower_start(settings),
        change.batch_size(settings, "a larger batch gives a steadier direction"),
    ]
    return _if_the_rate_is_known(settings, "lower it to a tenth first" if blown else LOWER, tried)


def _if_the_rate_is_known(settings: Settings, how: str, tried: list[Remedy | None]) -> list[Remedy | None]:
    """The same; where the rate is what to change, and the data leave it out, what is tried first says so."""
    first = next((at for at, remedy in enumerate(tried) if remedy is not None), None)
    if settings.rate or first is None:
        return tried
    told = tried[first]
    assert told is not None
    reason = f"{told.reason} Your learning rate is not in the data: if you know it, {how}."
    return [*tried[:first], replace(told, reason=reason), *tried[first + 1 :]]


def _underfit(
    settings: Settings, reading: Reading, codes: set[str], twice_brings: str | None
) -> list[Remedy | None]:
    if codes >= {"FT108", "FT113"}:
        calmer = [
            change.learning_rate(settings, 1 / 3, "the loss went above the base's: the steps were too large"),
            change.slower_start(settings),
            change.longer(settings, "with smaller steps it takes more of them"),
        ]
        return _if_the_rate_is_known(settings, LOWER, calmer)
    if codes & {"FT106", "FT108"}:
        share = reading.gain / abs(reading.reference) if reading.reference else 0.0
        higher = change.learning_rate(
            settings, 10 if share < 0.005 else 3, "the loss barely moved: the steps were too small"
        )
        why = "the loss barely moved" if higher is None else "a low rate needs more steps to get anywhere"
        longer = change.longer(settings, why)
        if not settings.rate and longer is not None:
            longer = replace(longer, expected_effect=NOW_IT_MOVES)
        larger = [
            higher,
            longer,
            change.rank(settings, 2, "a larger adapter can hold more"),
            change.dropout(settings, -0.1, "less is switched off at random"),
        ]
        return _if_the_rate_is_known(settings, HIGHER, larger)
    if "FT119" in codes:
        return [
            change.class_weights(settings),
            change.learning_rate(settings, 3, "one class for all is what a model says that has hardly moved"),
            change.longer(settings, "the classes need more steps to part"),
        ]
    still_falling = change.longer(
        settings, "the model was still learning when the run ended", twice_brings=twice_brings
    )
    if "FT112" in codes:
        return [change.usual_rate(settings), still_falling]
    return [
        still_falling,
        change.learning_rate(settings, 2, "larger steps get further in the same time"),
        change.rank(settings, 2, "a larger adapter can hold more"),
    ]


def _next_experiment(settings: Settings, reading: Reading, codes: set[str]) -> list[Remedy | None]:
    first = None
    if "FT113" in codes:
        first = change.learning_rate(
            settings, 1 / 3, "the loss first went above the base's: the steps were too large"
        )
    shorten = not answers_got_better(reading)
    if first is None and "FT120" in codes and shorten:
        first = change.shorter(
            settings,
            reading,
            f"{change.best_there(reading)}, and what came after may be the beginning of {beginning_of(reading)}",
            optional=True,
        )
    if first is None and "FT201" in codes and shorten:
        first = change.shorter(
            settings,
            reading,
            "the evaluation loss hardly got better after that",
            to=reading.as_good_step,
            optional=True,
        )
    if first is None and brought_late(reading) >= NOT_YET_FLAT:
        first = change.longer(
            settings, "the run is sound, so see whether more of it still helps", optional=True
        )
    return [
        first,
        change.another_seed(settings),
        change.rank(settings, 0.5, "see whether a smaller adapter does as well", optional=True),
    ]
