"""What to change next: remedies as data, ranked by what the run showed.

The order follows what is taught about reading curves: overfitting → keep the best step, so a shorter run first, then a
lower learning rate, more dropout, a lower rank (alpha with it), and weight decay last and on long runs only.
Still falling → more epochs. Barely moved → a higher learning rate, then the rank.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from ftkit.diagnosis.outcome import Finding, Remedy
from ftkit.diagnosis.reading import Reading
from ftkit.diagnosis.settings import Settings, usual_rates

_LONG_RUN = 1000
_MOST = 5
# A warm-up that takes no larger share of the plan is not too long; the run was only stopped in it.
USUAL_WARMUP = 0.1
# By this factor at most a rate is raised where the technique is not known.
MOST_AT_ONCE = 3
# A run that is shorter by less than a tenth is no experiment.
WORTH_TRYING = 0.9
_TO_THE_END = "The learning rate comes to rest at the end, and all evaluations fall into the run."


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
            _shorter(settings, reading, _best_there(reading)),
            _rate(settings, 0.5, "smaller steps learn the examples by heart more slowly"),
            _dropout(settings, 0.1, "what the adapter cannot rely on, it cannot learn by heart"),
            _rank(settings, 0.5, "a smaller adapter has less room to learn by heart"),
            _weight_decay(settings, reading),
        ]
    elif verdict == "underfitting":
        tried = _underfit(settings, reading, codes)
    elif verdict == "unstable":
        tried = [
            _rate(settings, 0.1 if codes & {"FT102", "FT105"} else 1 / 3, "the steps were too large to hold"),
            _warmup(settings, 0.1, "a slower start keeps the first steps from throwing the model off"),
            _batch(settings, "a larger batch gives a steadier direction"),
        ]
    elif verdict == "not-enough-evidence":
        tried = _evidence(settings, reading, codes)
    else:
        tried = _next_experiment(settings, reading, codes)
    return tuple(remedy for remedy in tried if remedy is not None)[:_MOST]


def _underfit(settings: Settings, reading: Reading, codes: set[str]) -> list[Remedy | None]:
    if codes & {"FT106", "FT108"}:
        share = reading.gain / abs(reading.reference) if reading.reference else 0.0
        return [
            _rate(settings, 10 if share < 0.005 else 3, "the loss barely moved: the steps were too small"),
            _longer(settings, "a low rate needs more steps to get anywhere"),
            _rank(settings, 2, "a larger adapter can hold more"),
            _dropout(settings, -0.1, "less is switched off at random"),
        ]
    if "FT119" in codes:
        return [
            _class_weights(settings),
            _rate(settings, 3, "one class for all is what a model says that has hardly moved"),
            _longer(settings, "the classes need more steps to part"),
        ]
    if "FT112" in codes:
        return [
            _rate(settings, 3, "the rate is below the usual ones, and the loss fell in a straight line"),
            _longer(settings, "the evaluation loss was still falling when the run ended"),
        ]
    return [
        _longer(settings, "the evaluation loss was still falling when the run ended"),
        _rate(settings, 2, "larger steps get further in the same time"),
        _rank(settings, 2, "a larger adapter can hold more"),
    ]


def _evidence(settings: Settings, reading: Reading, codes: set[str]) -> list[Remedy | None]:
    if "FT009" in codes:
        return [_more_tries(settings)]
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
    if "FT001" in codes:
        return [more_rows]
    if codes & {"FT003", "FT007"}:
        return [more_rows, _longer(settings, "a larger effect is easier to see")]
    if "FT120" in codes and not codes & {"FT002", "FT005"}:
        return [more_rows, _another_seed(settings)]
    if "FT005" in codes:
        share = (reading.history.warmup_steps or 0) / max(1, reading.total_steps)
        fits = settings.was_stopped and 0 < share <= USUAL_WARMUP
        return [
            None if fits else _warmup(settings, 0.05, "as a share it cannot outlast the run"),
            _longer(settings, "more steps"),
        ]
    return [_longer(settings, "a longer run has room for more evaluations"), more_rows]


def _next_experiment(settings: Settings, reading: Reading, codes: set[str]) -> list[Remedy | None]:
    first = None
    if "FT113" in codes:
        first = _rate(settings, 1 / 3, "the loss first went above the base's: the steps were too large")
    if first is None and "FT120" in codes:
        first = _shorter(
            settings,
            reading,
            f"{_best_there(reading)}, and what came after may be the beginning of overfitting",
            optional=True,
        )
    if first is None and "FT201" in codes:
        first = _shorter(
            settings,
            reading,
            "the evaluation loss hardly got better after that",
            to=reading.as_good_step,
            optional=True,
        )
    if first is None:
        first = _longer(settings, "the run is sound, so see whether more of it still helps", optional=True)
    return [
        first,
        _another_seed(settings),
        _rank(settings, 0.5, "see whether a smaller adapter does as well", optional=True),
    ]


def _another_seed(settings: Settings) -> Remedy | None:
    seed = settings.number("training.seed")
    if seed is None:
        return None
    return Remedy(
        "training.seed",
        int(seed),
        int(seed) + 1,
        "Nothing has to change; another seed shows how much of the result is luck.",
        "The losses should come out nearly the same.",
        optional=True,
    )


def _best_there(reading: Reading) -> str:
    kept = reading.history.kept
    return "the evaluation loss was lowest there" if kept is None else f"{kept.metric} was best there"


def _shorter(
    settings: Settings, reading: Reading, why: str, *, to: int | None = None, optional: bool = False
) -> Remedy | None:
    """A run that learns about as much in all as this one had by its best step, or by the step `to`."""
    step, total = to or reading.best_step, reading.total_steps
    if not step or not total or step >= total:
        return None
    epochs, share = settings.epochs, _share_of_the_learning(reading, step)
    epoch = "" if epochs is None else f" (epoch {epochs * step / total:.2g} of {epochs:g})"
    reason = f"Step {step} of {total}{epoch}: {why}."
    effect = "About the same best model, in less time."
    if share > step / total + 0.05:
        reason += " In a shorter run the learning rate falls sooner, so it takes a little longer than that."
    if optional and share > WORTH_TRYING:
        return None
    if settings.max_steps is not None or epochs is None:
        steps = min(total - 1, max(1, round(total * share)))
        return Remedy("training.max_steps", settings.max_steps, steps, reason, effect, optional=optional)
    wanted = epochs * share
    rounded = math.ceil(wanted * 2 - 0.1) / 2
    fewer = rounded if 0 < rounded < epochs else round(wanted, 2)
    if not 0 < fewer < epochs:
        return None
    return Remedy("training.num_train_epochs", epochs, fewer, reason, effect, optional=optional)


def _share_of_the_learning(reading: Reading, step: int) -> float:
    """How long a run has to be, as a share of this one, that learns about as much as this one had by a step.

    In a shorter run the rates fall sooner. One that ends where the best step was stops short of it; one with as large a sum of
    rates goes past it, as their coming to rest is learning, too. So it is halfway between.
    """
    share, done = step / reading.total_steps, reading.learned.steps
    if reading.last_step < reading.total_steps or not len(done) or done[-1] <= 0:
        return share
    return (share + float(np.interp(step, reading.eval.steps, done)) / float(done[-1])) / 2


def _longer(settings: Settings, why: str, *, optional: bool = False) -> Remedy | None:
    reason = f"{why[0].upper()}{why[1:]}."
    effect = "The evaluation loss should come to rest at a lower value."
    if settings.max_steps is not None:
        most, last = settings.max_steps, settings.reading.last_step
        if settings.was_stopped and not optional:
            reason = f"You stopped after {last} of {most} steps: let the same plan run to its end before you change it."
            return Remedy("training.max_steps", most, most, reason, _TO_THE_END)
        return Remedy("training.max_steps", most, most * 2, reason, effect, optional=optional)
    epochs, done = settings.epochs, settings.epochs_before_the_stop
    if epochs is None:
        return None
    if done is not None and not optional:
        # "Twice the plan" is no advice to somebody who stopped at a fifth of it.
        twice = float(max(1, math.ceil(2 * done)))
        effect = _TO_THE_END
        if twice >= epochs:
            reason = f"You stopped after {done:.2g} of {epochs:g} epochs: let the same plan run to its end before you change it."
            return Remedy("training.num_train_epochs", epochs, epochs, reason, effect)
        reason = f"You stopped after {done:.2g} of {epochs:g} epochs; take twice as many and let the run end by itself."
        return Remedy("training.num_train_epochs", epochs, twice, reason, effect)
    more = epochs + 1 if optional else max(epochs + 1, epochs * 2)
    return Remedy("training.num_train_epochs", epochs, float(more), reason, effect, optional=optional)


def _more_tries(settings: Settings) -> Remedy | None:
    """More steps for a run that learns from rewards; nothing need be wrong."""
    reason = "Rewards are a noisy teacher: it takes many answers to learn from them."
    effect = "The reward on held-out prompts should go on rising; read the answers, too."
    if settings.max_steps is not None:
        to = settings.max_steps * 2
        return Remedy("training.max_steps", settings.max_steps, to, reason, effect, optional=True)
    epochs = settings.epochs
    if epochs is None:
        return None
    return Remedy("training.num_train_epochs", epochs, epochs * 2, reason, effect, optional=True)


def _rate(settings: Settings, factor: float, why: str) -> Remedy | None:
    rate = settings.rate
    if rate is None:
        return None
    # Of a technique that nobody named no rate is usual, and a leap is a gamble.
    known = settings.knows_the_method
    low, high = usual_rates(settings.method) if known else (0.0, math.inf)
    factor = factor if known else min(factor, MOST_AT_ONCE)
    to = rate * factor
    if factor > 1:
        to = min(max(to, low), high)
    elif to > high:
        to, why = high, f"the rate is far above what works with this technique, {low:g} to {high:g}"
    to = float(f"{to:.2g}")
    if (factor > 1) != (to > rate) or to == rate:
        return None
    effect = (
        "A calmer curve that ends lower."
        if factor < 1
        else "The evaluation loss should fall visibly further."
    )
    return Remedy("training.learning_rate", rate, to, f"{why[0].upper()}{why[1:]}.", effect)


def _rank(settings: Settings, factor: float, why: str, *, optional: bool = False) -> Remedy | None:
    """Rank up or down, with alpha in the same proportion so that the scale of the adapter stays."""
    rank, alpha = settings.number("method.r"), settings.number("method.lora_alpha")
    if rank is None:
        return None
    to = int(rank * factor)
    if not 4 <= to <= 128 or to == rank:
        return None
    if alpha is None and settings.method == "lora":
        alpha = rank  # what "auto" stands for; the cell holds the number and has to follow
    also = (("method.lora_alpha", alpha, max(1, round(alpha * to / rank))),) if alpha is not None else ()
    effect = "A smaller gap after the best step." if factor < 1 else "A lower evaluation loss."
    effect = "About the same loss with half the parameters." if optional else effect
    return Remedy("method.r", int(rank), to, f"{why[0].upper()}{why[1:]}.", effect, also, optional)


def _class_weights(settings: Settings) -> Remedy | None:
    if settings.get("task.class_weights") is not False:
        return None
    reason = "A mistake in a rare class then counts as much as one in the common class."
    return Remedy("task.class_weights", False, True, reason, "A higher macro-F1; accuracy may fall a little.")


def _dropout(settings: Settings, change: float, why: str) -> Remedy | None:
    dropout = settings.number("method.lora_dropout")
    if dropout is None:
        return None
    to = round(min(max(dropout + change, 0.0), 0.2), 3)
    if (change > 0) != (to > dropout) or to == dropout:
        return None
    effect = "A later and gentler rise." if change > 0 else "A slightly lower loss."
    return Remedy("method.lora_dropout", dropout, to, f"{why[0].upper()}{why[1:]}.", effect)


def _weight_decay(settings: Settings, reading: Reading) -> Remedy | None:
    decay = settings.number("training.weight_decay")
    # Zero is set on purpose: some techniques must not decay.
    if not decay or decay >= 0.1 or reading.total_steps < _LONG_RUN:
        return None
    to = 0.1 if decay >= 0.01 else 0.01
    return Remedy(
        "training.weight_decay", decay, to, "On a long run it keeps weights small.", "A gentler rise."
    )


def _warmup(settings: Settings, share: float, why: str) -> Remedy | None:
    now = settings.number("training.warmup_steps")
    if now is not None and now < 1 and now >= share:
        return None
    effect = "The first steps do less damage."
    return Remedy("training.warmup_steps", now, share, f"{why[0].upper()}{why[1:]}.", effect)


def _batch(settings: Settings, why: str) -> Remedy | None:
    size = settings.number("training.batch_size")
    if size is None or size >= 64:
        return None
    effect = "Fewer spikes; each step takes twice as long."
    return Remedy("training.batch_size", int(size), int(size) * 2, f"{why[0].upper()}{why[1:]}.", effect)
