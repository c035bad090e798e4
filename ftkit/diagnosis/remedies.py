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
from ftkit.diagnosis.checks.ft002_too_few_points import FEWEST_STEPS
from ftkit.diagnosis.checks.ft120_rise_in_doubt import beginning_of
from ftkit.diagnosis.forecast import of_twice_as_long
from ftkit.diagnosis.outcome import Finding, Remedy
from ftkit.diagnosis.reading import Reading
from ftkit.diagnosis.rising import answers_got_better, only_rose
from ftkit.diagnosis.settings import Settings
from ftkit.diagnosis.wording import NOT_YET_FLAT, broken_beyond_doubt, brought_late

_MOST = 5
# A warm-up that takes no larger share of the plan is not too long; the run was only stopped in it.
USUAL_WARMUP = 0.1
ENOUGH = "Enough evaluations for a verdict."


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
        tried = [*calmer, *_evidence(settings, reading, codes)]
    else:
        tried = _next_experiment(settings, reading, codes)
    return tuple(remedy for remedy in tried if remedy is not None)[:_MOST]


def _calmer(settings: Settings, findings: tuple[Finding, ...]) -> list[Remedy | None]:
    # A single value that is no number comes of a skipped step, and is only a tip.
    blown = any(item.code in {"FT102", "FT105"} and item.severity == "issue" for item in findings)
    factor = 0.1 if blown else 1 / 3
    return [
        change.learning_rate(settings, factor, "the steps were too large to hold"),
        change.slower_start(settings),
        change.batch_size(settings, "a larger batch gives a steadier direction"),
    ]


def _underfit(
    settings: Settings, reading: Reading, codes: set[str], twice_brings: str | None
) -> list[Remedy | None]:
    if codes >= {"FT108", "FT113"}:
        return [
            change.learning_rate(settings, 1 / 3, "the loss went above the base's: the steps were too large"),
            change.slower_start(settings),
            change.longer(settings, "with smaller steps it takes more of them"),
        ]
    if codes & {"FT106", "FT108"}:
        share = reading.gain / abs(reading.reference) if reading.reference else 0.0
        higher = change.learning_rate(
            settings, 10 if share < 0.005 else 3, "the loss barely moved: the steps were too small"
        )
        why = "the loss barely moved" if higher is None else "a low rate needs more steps to get anywhere"
        return [
            higher,
            change.longer(settings, why),
            change.rank(settings, 2, "a larger adapter can hold more"),
            change.dropout(settings, -0.1, "less is switched off at random"),
        ]
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


def _evidence(settings: Settings, reading: Reading, codes: set[str]) -> list[Remedy | None]:
    if "FT009" in codes:
        return [change.more_tries(settings)]
    share = settings.number("data.validation_share")
    more_rows = None
    if share and share < 0.3 and not settings.has_own_validation_part:
        more_rows = Remedy(
            "data.validation_share",
            share,
            round(min(0.3, share * 2), 3),
            "More held-out rows make the evaluation loss steadier.",
            "The interval on the loss difference gets narrower by about a third.",
        )
    if "FT010" in codes:
        return []  # neither more rows nor more steps mend an evaluation on what was practised
    if "FT001" in codes and not settings.misses_evaluations:
        return []  # more steps bring no evaluation that nobody asked for
    if "FT001" in codes:
        return [_for_a_verdict(change.longer(settings, "the run ended before it was evaluated once"))]
    if "FT012" in codes and not codes & {"FT002", "FT003", "FT005", "FT007"}:
        return []  # no setting of the training gives what was not handed over
    if codes & {"FT003", "FT007"}:
        return [more_rows, change.longer(settings, "a larger effect is easier to see")]
    if "FT120" in codes and not codes & {"FT002", "FT005"}:
        return [more_rows, change.another_seed(settings)]
    if "FT005" in codes:
        cut_short = settings.was_stopped or not reading.ended
        fits = cut_short and 0 < settings.warmup_share <= USUAL_WARMUP
        return [
            None if fits else change.warmup(settings, 0.05, "as a share it cannot outlast the run"),
            change.longer(settings, "more steps"),
        ]
    if not reading.ended or "FT002" not in codes:
        return []  # the evaluations are on their way, or it is not for want of them
    return [_for_more_points(settings, reading)]


def _for_more_points(settings: Settings, reading: Reading) -> Remedy | None:
    if _learnt_by_heart(reading):
        why = f"{change.best_there(reading)}, and it only rose after that, while the training loss fell"
        return change.shorter(settings, reading, why)
    # No recipe says how often it is evaluated: that is for FT002 to say. More steps only where these are too few for it.
    if reading.last_step >= FEWEST_STEPS and not settings.was_stopped:
        return None
    return _for_a_verdict(change.longer(settings, "a longer run has room for more evaluations"))


def _learnt_by_heart(reading: Reading) -> bool:
    """Whether the loss only rose since the best evaluation, while that on training rows fell."""
    trained = reading.trained_rows
    return trained is not None and trained.now < trained.then and only_rose(reading)


def _for_a_verdict(remedy: Remedy | None) -> Remedy | None:
    return None if remedy is None else replace(remedy, expected_effect=ENOUGH)


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
