"""Single changes of the next run: for each field of the recipe what it had, what to try, why, and what should be seen.

Each gives ``None`` where it cannot be made: the recipe does not have the field, or it is as far as it goes.
"""

from __future__ import annotations

import math

import numpy as np

from ftkit.diagnosis.outcome import Remedy
from ftkit.diagnosis.reading import Reading
from ftkit.diagnosis.settings import Settings, usual_rates

LONG_RUN = 1000  # steps
# By this factor at most a rate is raised where the technique is not known.
MOST_AT_ONCE = 3
STEPS_PER_EVALUATION = 2
# A run that is shorter by less than a tenth is no experiment.
WORTH_TRYING = 0.9
# Nor is one that is longer by less than a quarter.
WORTH_MORE = 1.25
TO_THE_END = "The learning rate comes to rest at the end, and all evaluations fall into the run."


def another_seed(settings: Settings) -> Remedy | None:
    """The same again with other luck."""
    seed = settings.number("training.seed")
    if seed is None:
        return None
    return Remedy(
        "training.seed",
        int(seed),
        int(seed) + 1,
        "Nothing has to change; another seed, the number that chance starts from, shows how much of the result is luck.",
        "The losses should come out nearly the same.",
        optional=True,
    )


def best_there(reading: Reading) -> str:
    """What was best at the best step, in words."""
    kept = reading.history.kept
    return "the evaluation loss was lowest there" if kept is None else f"{kept.metric} was best there"


def shorter(
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
        steps = max(1, round(total * share))
        steps = next(fewer for fewer in (_two_digits(steps), steps, total - 1) if fewer < total)
        return Remedy("training.max_steps", settings.steps, steps, reason, effect, optional=optional)
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
    learned = float(np.interp(step, reading.eval.steps, done)) / float(done[-1])
    # In the warm-up little is learned yet: a run as long as that would end before the step.
    return (share + max(share, learned)) / 2


def longer(
    settings: Settings, why: str, *, twice_brings: str | None = None, optional: bool = False
) -> Remedy | None:
    """Twice as many epochs or steps; where the run was stopped, first what had been planned. None while it goes on.

    Parameters
    ----------
    twice_brings
        A sentence about the effect, where it is known for exactly twice as long.
    """
    if not settings.reading.ended:
        return None  # it is on its way to the end of its plan
    reason = _sentence(why)
    effect = at_rest = "The evaluation loss should come to rest at a lower value."
    if twice_brings is not None:
        effect = twice_brings
    if settings.max_steps is not None:
        most, last = settings.max_steps, settings.reading.last_step
        if settings.was_stopped and not optional:
            reason = f"You stopped after {last} of {most} steps: let the same plan run to its end before you change it."
            return Remedy("training.max_steps", most, most, reason, TO_THE_END)
        return Remedy("training.max_steps", most, _two_digits(most * 2), reason, effect, optional=optional)
    epochs, done = settings.epochs, settings.epochs_before_the_stop
    if epochs is None:
        reading = settings.reading
        # Of a history that somebody wrote down the steps may be epochs: those of an optimiser are more than its evaluations.
        if settings.was_stopped or reading.total_steps < STEPS_PER_EVALUATION * len(reading.eval):
            return None
        more_steps = _two_digits(reading.total_steps * 2)
        return Remedy("training.max_steps", settings.steps, more_steps, reason, effect, optional=optional)
    if done is not None and not optional:
        # "Twice the plan" is no advice to somebody who stopped at a fifth of it.
        twice = float(max(1, math.ceil(2 * done)))
        effect = TO_THE_END
        if twice >= epochs:
            reason = f"You stopped after {done:.2g} of {epochs:g} epochs: let the same plan run to its end before you change it."
            return Remedy("training.num_train_epochs", epochs, epochs, reason, effect)
        reason = f"You stopped after {done:.2g} of {epochs:g} epochs; take twice what you did, {twice:g}, and let the run end by itself."
        return Remedy("training.num_train_epochs", epochs, twice, reason, effect)
    one_more = max(epochs + 1, math.ceil(epochs * WORTH_MORE)) if epochs >= 1 else 1.0
    more = one_more if optional else max(one_more, epochs * 2)
    effect = effect if more == 2 * epochs else at_rest
    return Remedy("training.num_train_epochs", epochs, float(more), reason, effect, optional=optional)


def more_tries(settings: Settings) -> Remedy | None:
    """More steps for a run that learns from rewards; nothing need be wrong. None while it goes on."""
    if not settings.reading.ended:
        return None
    reason = "Rewards are a noisy teacher: it takes many answers to learn from them."
    effect = "The reward on held-out prompts should go on rising; read the answers, too."
    if settings.max_steps is not None:
        to = _two_digits(settings.max_steps * 2)
        return Remedy("training.max_steps", settings.max_steps, to, reason, effect, optional=True)
    epochs = settings.epochs
    if epochs is None:
        return None
    return Remedy("training.num_train_epochs", epochs, epochs * 2, reason, effect, optional=True)


def learning_rate(settings: Settings, factor: float, why: str) -> Remedy | None:
    """The rate times `factor`, within what is usual for the technique."""
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
    return Remedy("training.learning_rate", rate, to, _sentence(why) + _of_the_log(settings), effect)


def _of_the_log(settings: Settings) -> str:
    """Beside a rate that is only known from a log: that it is not the setting."""
    if not settings.rate_may_be_higher:
        return ""
    return f" ({settings.rate:g} is the highest rate in the log; the setting may be a little higher.)"


def usual_rate(settings: Settings) -> Remedy | None:
    """From a rate below what is usual for the technique to the middle of that."""
    low, high = usual_rates(settings.method)
    rate = settings.rate
    if not rate or rate >= low or not settings.knows_the_method:
        return None
    middle = float(f"{math.sqrt(low * high):.1g}")
    why = f"The rate is below what is usual for the technique, {low:g} to {high:g}; this is the middle of it."
    why += _of_the_log(settings)
    return Remedy(
        "training.learning_rate", rate, middle, why, "The evaluation loss should fall visibly further."
    )


def rank(settings: Settings, factor: float, why: str, *, optional: bool = False) -> Remedy | None:
    """Rank up or down, with alpha in the same proportion so that the scale of the adapter stays."""
    now, alpha = settings.number("method.r"), settings.number("method.lora_alpha")
    if now is None:
        return None
    to = int(now * factor)
    if not 4 <= to <= 128 or to == now:
        return None
    if alpha is None and settings.method == "lora":
        alpha = now  # what "auto" stands for; the cell holds the number and has to follow
    also = (("method.lora_alpha", alpha, max(1, round(alpha * to / now))),) if alpha is not None else ()
    effect = "A smaller gap after the best step." if factor < 1 else "A lower evaluation loss."
    effect = "About the same loss with half the parameters." if optional else effect
    return Remedy("method.r", int(now), to, _sentence(why), effect, also, optional)


def class_weights(settings: Settings) -> Remedy | None:
    """Rare classes count as much as common ones."""
    if settings.get("task.class_weights") is not False:
        return None
    reason = "A mistake in a rare class then counts as much as one in the common class."
    return Remedy("task.class_weights", False, True, reason, "A higher macro-F1; accuracy may fall a little.")


def dropout(settings: Settings, more: float, why: str) -> Remedy | None:
    """More dropout, or less."""
    now = settings.number("method.lora_dropout")
    if now is None:
        return None
    to = round(min(max(now + more, 0.0), 0.2), 3)
    if (more > 0) != (to > now) or to == now:
        return None
    effect = "A later and gentler rise." if more > 0 else "A slightly lower loss."
    return Remedy("method.lora_dropout", now, to, _sentence(why), effect)


def weight_decay(settings: Settings, reading: Reading) -> Remedy | None:
    """More weight decay, on long runs."""
    decay = settings.number("training.weight_decay")
    # Zero is set on purpose: some techniques must not decay.
    if not decay or decay >= 0.1 or reading.total_steps < LONG_RUN:
        return None
    to = 0.1 if decay >= 0.01 else 0.01
    return Remedy(
        "training.weight_decay", decay, to, "On a long run it keeps weights small.", "A gentler rise."
    )


def slower_start(settings: Settings, share: float = 0.1) -> Remedy | None:
    """A warm-up of this share of the run, where it is shorter."""
    if settings.warmup_share >= share:
        return None
    return warmup(settings, share, "a slower start keeps the first steps from throwing the model off")


def warmup(settings: Settings, share: float, why: str) -> Remedy | None:
    """A warm-up of a share of the run."""
    now = settings.warmup
    if now is not None and now < 1 and now >= share:
        return None
    effect = "The first steps do less damage."
    return Remedy("training.warmup_steps", now, share, _sentence(why), effect)


def batch_size(settings: Settings, why: str) -> Remedy | None:
    """Twice the batch."""
    size = settings.number("training.batch_size")
    if size is None or size >= 64:
        return None
    effect = "Fewer spikes; each step takes twice as long."
    return Remedy("training.batch_size", int(size), int(size) * 2, _sentence(why), effect)


def _two_digits(steps: int) -> int:
    """Rounded up to two digits, as people plan steps."""
    unit = 10 ** max(0, len(str(steps)) - 2)
    return -(-steps // unit) * unit


def _sentence(why: str) -> str:
    return f"{why[0].upper()}{why[1:]}."
