"""Histories made up by the hundred, of known shape: what image models and language models draw over an epoch or a thousand.

Each family draws a smooth course for the evaluation and the training loss and puts noise on it. What is true of a
history (`truth`) is read off the smooth course of the evaluation loss, by the rule in `label`, never off the noisy
values that a detector sees. Families in `TUNED_ON` may be looked at while thresholds are set; those in `LOOKED_AT` were
held out, and then looked at once; no figure of those in `HELD_OUT` led to a change.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

RISEN, NOT_RISEN = 0.04, 0.01
FALLING, NOT_FALLING = 0.015, 0.005


@dataclass
class Simulated:
    """One history with what is true of it.

    Attributes
    ----------
    steps, train, eval
        What was logged, once an epoch.
    clean
        The smooth course of the evaluation loss at the same steps.
    truth
        ``overfitting``, ``underfitting`` or ``healthy``.
    """

    family: str
    steps: Floats
    train: Floats
    eval: Floats
    clean: Floats
    truth: str

    def series(self, upto: int | None = None) -> dict[str, Any]:
        """As `ftkit.diagnose` takes it: all of it, or the first `upto` evaluations."""
        end = len(self.steps) if upto is None else upto
        points = range(end)
        return {
            "train": [[int(self.steps[i]), float(self.train[i])] for i in points],
            "eval": [[int(self.steps[i]), float(self.eval[i])] for i in points],
        }

    def thinned(self, evaluations: int) -> Simulated:
        """The same run, logged this often."""
        kept = np.unique(np.linspace(0, len(self.steps) - 1, evaluations).round().astype(int))
        parts = (part[kept] for part in (self.steps, self.train, self.eval, self.clean))
        return Simulated(self.family, *parts, self.truth)


def label(clean: Floats) -> str | None:
    """The rule, on the smooth course; None where people would disagree.

    Overfitting: the end lies at least 4 % above the best. Neither where it lies 1 to 4 % above. Underfitting: the last
    tenth of the run still brought at least 1.5 % of the loss. Neither where it brought 0.5 to 1.5 %.
    """
    best, end = float(clean.min()), float(clean[-1])
    if end >= (1 + RISEN) * best:
        return "overfitting"
    if end > (1 + NOT_RISEN) * best:
        return None
    fall = float(clean[len(clean) * 9 // 10] - end) / end
    if fall >= FALLING:
        return "underfitting"
    return None if fall > NOT_FALLING else "healthy"


class Draw:
    """Random numbers for one history, and the pieces that courses are made of; `x` is the share of the run."""

    def __init__(self, random: np.random.Generator, epochs: int) -> None:
        self.random = random
        self.x: Floats = np.arange(1, epochs + 1) / epochs

    def between(self, low: float, high: float) -> float:
        """Evenly from low to high."""
        return float(self.random.uniform(low, high))

    def decay(self, start: float, end: float, speed: float) -> Floats:
        """From start to end: an exponential or a power of the step."""
        if self.random.random() < 0.5:
            return end + (start - end) * np.exp(-self.x * speed)
        return end + (start - end) / (1 + self.x * speed * 2) ** 1.3

    def ramp(self, begin: float, power: float) -> Floats:
        """Zero up to `begin`, then up to one."""
        return np.asarray(np.clip((self.x - begin) / (1 - begin), 0, None) ** power)

    def noise(self, size: float) -> Floats:
        """Relative noise: independent from epoch to epoch, or with a memory of some epochs, or of many."""
        count = len(self.x)
        white = self.random.normal(0, size, count)
        kind = self.random.random()
        if kind < 0.4:
            return white
        memory = self.between(0.2, 0.6) if kind < 0.8 else self.between(0.7, 0.9)
        made = np.zeros(count)
        for i in range(count):
            made[i] = (memory * made[i - 1] if i else 0.0) + white[i] * np.sqrt(1 - memory**2)
        return made

    def spikes(self, share: float, size: float) -> Floats:
        """Single epochs that stand out upwards."""
        here = self.random.random(len(self.x)) < share
        return np.where(here, self.random.exponential(size, len(self.x)), 0.0)


Courses = tuple[Floats, Floats, Floats]
"""Evaluation course, training course, relative noise of the evaluation."""


def _train(draw: Draw, clean: Floats, end: float, speed: float) -> Floats:
    return draw.decay(float(clean[0]) * 1.05, end, speed)


def plateau(draw: Draw) -> Courses:
    """Healthy: down, then flat."""
    floor = draw.between(0.3, 1.5)
    clean = draw.decay(floor + draw.between(0.7, 2), floor, draw.between(12, 40))
    return (
        clean,
        _train(draw, clean, floor * draw.between(0.3, 0.95), 10),
        draw.noise(draw.between(0.003, 0.02)),
    )


def u_shape(draw: Draw) -> Courses:
    """Overfitting: down, then up to the end."""
    floor = draw.between(0.3, 1.5)
    rise = floor * draw.between(0.08, 1.5) * draw.ramp(draw.between(0.05, 0.5), draw.between(0.7, 1.5))
    clean = draw.decay(floor + draw.between(0.7, 2), floor, draw.between(12, 40)) + rise
    return (
        clean,
        _train(draw, clean, floor * draw.between(0.01, 0.3), 8),
        draw.noise(draw.between(0.003, 0.02)),
    )


def slow(draw: Draw) -> Courses:
    """Underfitting: still on the way down."""
    floor = draw.between(0.2, 0.8)
    clean = draw.decay(floor + draw.between(1, 2), floor, draw.between(0.5, 2.5))
    return clean, clean * draw.between(0.9, 1.02), draw.noise(draw.between(0.003, 0.02))


def noisy_plateau(draw: Draw) -> Courses:
    """Healthy under noise that has spikes."""
    clean, train, _ = plateau(draw)
    return clean, train, draw.noise(draw.between(0.02, 0.08)) + draw.spikes(0.05, 0.2)


def step_schedule(draw: Draw) -> Courses:
    """Healthy: noisy until the rate is cut, then a drop and quiet."""
    floor, cuts = draw.between(0.3, 1.2), sorted((draw.between(0.3, 0.5), draw.between(0.6, 0.8)))
    clean = draw.decay(floor * 1.6 + 1, floor * 1.6, draw.between(15, 40))
    quiet = np.ones_like(clean)
    for cut, share in zip(cuts, (0.75, 0.85), strict=True):
        after = draw.x >= cut
        clean = np.where(after, clean * (share + (1 - share) * np.exp(-(draw.x - cut) * 60)), clean)
        quiet = np.where(after, quiet * 0.4, quiet)
    train = clean * np.where(draw.x >= cuts[0], draw.between(0.3, 0.7), 0.9)
    return clean, train, draw.noise(draw.between(0.02, 0.06)) * quiet


def late_rise(draw: Draw) -> Courses:
    """Overfitting that begins late."""
    floor = draw.between(0.3, 1.5)
    rise = floor * draw.between(0.08, 0.5) * draw.ramp(draw.between(0.5, 0.75), draw.between(0.8, 1.3))
    clean = draw.decay(floor + draw.between(0.7, 2), floor, draw.between(8, 25)) + rise
    return (
        clean,
        _train(draw, clean, floor * draw.between(0.02, 0.4), 6),
        draw.noise(draw.between(0.003, 0.02)),
    )


def noisy_u_shape(draw: Draw) -> Courses:
    """Overfitting under noise that has spikes."""
    clean, train, _ = u_shape(draw)
    return clean, train, draw.noise(draw.between(0.02, 0.06)) + draw.spikes(0.05, 0.2)


def cosine_schedule(draw: Draw) -> Courses:
    """Healthy: noise and loss go down together with the rate."""
    floor = draw.between(0.3, 1.2)
    clean = draw.decay(floor + 1.5, floor, draw.between(10, 30)) + 0.02 * floor * np.cos(np.pi * draw.x)
    train = _train(draw, clean, floor * draw.between(0.2, 0.9), 6)
    return clean, train, draw.noise(draw.between(0.01, 0.05)) * (0.1 + 0.9 * (1 + np.cos(np.pi * draw.x)) / 2)


def saturated_rise(draw: Draw) -> Courses:
    """Overfitting that is over: up, and flat at the top."""
    floor, begin = draw.between(0.3, 1.2), draw.between(0.08, 0.3)
    up = 1 - np.exp(-np.clip(draw.x - begin, 0, None) * draw.between(6, 15))
    clean = draw.decay(floor + 1.5, floor, draw.between(20, 50)) + floor * draw.between(0.1, 1) * up
    return (
        clean,
        _train(draw, clean, floor * draw.between(0.001, 0.1), 12),
        draw.noise(draw.between(0.005, 0.03)),
    )


def double_descent(draw: Draw) -> Courses:
    """Down, up, and down again: below the first valley (healthy or still falling), or not quite (overfitting)."""
    floor = draw.between(0.4, 1.2)
    hump = draw.between(0.15, 0.5) * np.exp(-(((draw.x - draw.between(0.2, 0.35)) / 0.09) ** 2))
    clean = floor * (1 + hump) + draw.between(0.7, 2) * np.exp(-draw.x * draw.between(15, 40))
    clean = clean - floor * draw.between(-0.1, 0.25) * draw.ramp(0.35, 0.6)
    return (
        clean,
        _train(draw, clean, floor * draw.between(0.01, 0.2), 10),
        draw.noise(draw.between(0.005, 0.02)),
    )


def step_then_rise(draw: Draw) -> Courses:
    """Overfitting after the rate was cut: a drop, then up."""
    clean, train, noise = step_schedule(draw)
    rise = clean.min() * draw.between(0.08, 0.5) * draw.ramp(draw.between(0.45, 0.7), draw.between(0.8, 1.2))
    return clean + rise, train * np.linspace(1, 0.2, len(train)), noise


def warm_restarts(draw: Draw) -> Courses:
    """Healthy: the rate is raised again now and then, and the loss jumps and comes down, each time a little lower."""
    floor, times = draw.between(0.3, 1.2), int(draw.random.integers(2, 5))
    place = (draw.x * times) % 1.0
    jumps = 0.15 * floor * np.exp(-place * 8) * (draw.x * times > 1) * (draw.x < 1)
    clean = draw.decay(floor + 1.5, floor, draw.between(15, 40)) + jumps
    return (
        clean,
        _train(draw, clean, floor * draw.between(0.3, 0.9), 8),
        draw.noise(draw.between(0.005, 0.02)),
    )


def quick_rise(draw: Draw) -> Courses:
    """Overfitting after a handful of epochs, slower and slower."""
    floor = draw.between(0.3, 1.2)
    rise = floor * draw.between(0.1, 1.0) * np.log1p(draw.x * 60) / np.log(61)
    clean = draw.decay(floor + draw.between(0.7, 2), floor, draw.between(80, 200)) + rise
    return (
        clean,
        _train(draw, clean, floor * draw.between(0.001, 0.1), 20),
        draw.noise(draw.between(0.005, 0.02)),
    )


def noise_burst(draw: Draw) -> Courses:
    """Healthy, with a stretch of much noise in the middle."""
    clean, train, noise = plateau(draw)
    middle, width = draw.between(0.3, 0.7), draw.between(0.03, 0.1)
    return clean, train, noise * (1 + draw.between(3, 8) * (np.abs(draw.x - middle) < width))


def slow_rise(draw: Draw) -> Courses:
    """Overfitting: a long plateau that turns into a slow, straight rise."""
    floor = draw.between(0.3, 1.5)
    rise = floor * draw.between(0.06, 0.3) * draw.ramp(draw.between(0.2, 0.6), 1.0)
    clean = draw.decay(floor + draw.between(0.7, 2), floor, draw.between(20, 40)) + rise
    return (
        clean,
        _train(draw, clean, floor * draw.between(0.1, 0.5), 8),
        draw.noise(draw.between(0.003, 0.02)),
    )


def small_data(draw: Draw) -> Courses:
    """Overfitting from a handful of epochs on: a quick rise that bends but does not end, calmer and calmer."""
    floor, begin = draw.between(0.3, 1.2), draw.between(0.01, 0.08)
    past = np.clip(draw.x - begin, 0, None) / (1 - begin)
    clean = draw.decay(floor + draw.between(0.7, 2), floor, draw.between(60, 150))
    clean = clean + floor * draw.between(0.15, 2.0) * past ** draw.between(0.3, 0.7)
    noise = draw.noise(draw.between(0.01, 0.04)) * (0.4 + 0.6 * np.exp(-draw.x * 4))
    return clean, _train(draw, clean, floor * draw.between(0.0005, 0.05), 25), noise


def wrong_labels(draw: Draw) -> Courses:
    """Overfitting in the middle: wrong labels are learnt by heart, the loss goes up in an S and stays there."""
    floor, middle = draw.between(0.4, 1.2), draw.between(0.25, 0.6)
    up = 1 / (1 + np.exp(-(draw.x - middle) * draw.between(12, 30)))
    clean = draw.decay(floor + draw.between(0.7, 2), floor, draw.between(20, 60))
    clean = clean + floor * draw.between(0.08, 0.8) * up
    train = _train(draw, clean, floor * 0.5, 12) * (1 - 0.8 * up)
    return clean, train, draw.noise(draw.between(0.005, 0.03))


def power_law(draw: Draw) -> Courses:
    """Healthy or still falling: strong augmentation, a long way down that never quite ends."""
    floor = draw.between(0.2, 1.0)
    clean = floor + draw.between(0.5, 2) * (1 + draw.x * draw.between(30, 300)) ** -draw.between(0.5, 1.5)
    return clean, clean * draw.between(0.8, 1.15), draw.noise(draw.between(0.005, 0.04))


def wide_gap(draw: Draw) -> Courses:
    """Healthy: the training loss goes to next to nothing, the evaluation loss stays where it is."""
    floor = draw.between(0.4, 1.5)
    clean = draw.decay(floor + draw.between(0.5, 1.5), floor, draw.between(20, 80))
    train = _train(draw, clean, floor * draw.between(0.0005, 0.05), 15)
    return clean, train, draw.noise(draw.between(0.005, 0.04)) + draw.spikes(0.01, 0.15)


Families = dict[str, Callable[[Draw], Courses]]

TUNED_ON: Families = {made.__name__: made for made in (plateau, u_shape, slow, noisy_plateau, step_schedule)}
# Held out first, then looked at: what they showed led to changes.
LOOKED_AT: Families = {
    made.__name__: made
    for made in (
        late_rise,
        noisy_u_shape,
        cosine_schedule,
        saturated_rise,
        double_descent,
        step_then_rise,
        noise_burst,
    )
}
HELD_OUT: Families = {
    made.__name__: made
    for made in (warm_restarts, quick_rise, slow_rise, small_data, wrong_labels, power_law, wide_gap)
}
FAMILIES = {**TUNED_ON, **LOOKED_AT, **HELD_OUT}


def simulate(family: str, seed: int, epochs: int | None = None) -> Simulated:
    """One history of a family; 200 to 1,000 epochs unless given."""
    random = np.random.default_rng([zlib.crc32(family.encode()), seed])
    count = epochs or int(random.integers(200, 1001))
    draw = Draw(random, count)
    courses = FAMILIES[family]
    while True:
        clean, train, noise = courses(draw)
        truth = label(clean)
        if truth is not None:
            break
    batch = random.normal(0, draw.between(0.002, 0.02), count)
    steps = np.arange(1, count + 1, dtype=np.float64)
    return Simulated(family, steps, train * np.exp(batch), clean * np.maximum(1 + noise, 0.2), clean, truth)


def histories(families: Families, each: int, first: int = 0) -> Iterator[Simulated]:
    """So many of each family, from the seed `first` on."""
    for family in families:
        for seed in range(first, first + each):
            yield simulate(family, seed)


def macro_f1(pairs: list[tuple[str, str]]) -> float:
    """Mean F1 over the true classes of (true, said) pairs."""
    scores = []
    for name in sorted({true for true, _ in pairs}):
        hit = sum(true == said == name for true, said in pairs)
        wrong = sum((true == name) != (said == name) for true, said in pairs)
        scores.append(2 * hit / (2 * hit + wrong))
    return float(np.mean(scores))


def noise_only(
    evaluations: int, size: float, seed: int, memory: float = 0.0, falls: float = 0.0
) -> dict[str, Any]:
    """A history whose evaluation loss only shakes around a plateau, as `ftkit.diagnose` takes it.

    Parameters
    ----------
    size, memory
        Relative noise, and how much of it is carried to the next evaluation.
    falls
        How far the loss comes down first, in plateaus.
    """
    random = np.random.default_rng([evaluations, seed])
    white, noise = random.normal(0, size, evaluations), 0.0
    points = []
    for i in range(evaluations):
        noise = memory * noise + white[i] * (np.sqrt(1 - memory**2) if i else 1.0)
        level = 1 + falls * np.exp(-12 * i / (evaluations - 1))
        points.append([100 * i, float(level * max(0.05, 1 + noise))])
    steps = np.unique(np.linspace(1, points[-1][0], 40).astype(int))
    falling = (0.3 + 2.5 * np.exp(-4 * steps / steps[-1])) * np.exp(random.normal(0, 0.05, len(steps)))
    train = [[int(step), float(loss)] for step, loss in zip(steps, falling, strict=True)]
    return {"train": train, "eval": points, "total_steps": points[-1][0]}
