"""Which runs there are: each group was fixed before one of its runs was looked at, and groups are only ever added."""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import product, zip_longest
from typing import Literal

from benchmarks.histories.data import COURSE
from benchmarks.histories.planned import (
    CONFIRMING_SEED,
    LATER_SEED,
    LATEST_SEED,
    LONGEST_EPOCHS,
    STARTER_LATER_SEED,
    TEST_DATA,
    TEST_TECHNIQUES,
    WIDER_SEED,
    Planned,
)
from benchmarks.histories.tasks import MADE, TESTING, TUNING, WIDER

TECHNIQUES = ("full", "lora", "lora-all", "ia3")
# Of the tuning part alone, as some of its data sets are.
TUNING_TECHNIQUES = ("lora-mlp", "vera", "ln-tuning")
# Four decades, as multiples of the technique's usual rate; the sensible ones are drawn more often, as people draw them.
RATES = (0.01, 0.1, 0.3, 1.0, 1.0, 3.0, 3.0, 10.0, 100.0)
EACH = 18
USUAL = {
    "full": 1e-3,
    "lora": 5e-3,
    "lora-all": 5e-3,
    "ia3": 2e-2,
    "lora-mlp": 5e-3,
    "vera": 5e-2,
    "ln-tuning": 3e-2,
}
USUAL_STARTER = {"full": 2e-5, "lora": 3e-4, "lora-all": 3e-4, "ia3": 3e-3, "lora-mlp": 3e-4}
# Of the course's data sets, which are small: rows that are trained on, and those that tell the truth.
COURSE_ROWS = {"pirate": ((48, 96), 96), "school-office": ((48, 96), 96), "short-answers": ((48,), 48)}


def plan(model: Literal["tiny", "starter"]) -> Iterator[Planned]:
    """All runs of a model: 1782 of the tiny one, 738 of the starter; one that tells about another comes before it."""
    if model == "starter":
        yield from _of_the_starter()
        yield from _more_of_the_starter()
    else:
        yield from _by_heart()
        yield from _broken()
        yield from _sensible()
        yield from _more_to_tune_on()
        yield from _more_to_test_on()
        yield from _last_to_test_on()
        yield from _good_ones(random.Random(17), LATEST_SEED, 6, [*TESTING, *MADE])
        yield from _more_by_heart()
        yield from _to_confirm()
        # Mixed, so that a set that was cut short has something of everything.
        kinds = list(_all_kinds())
        random.Random(0).shuffle(kinds)
        yield from kinds
        yield from _wider_to_tune_on()


def _broken() -> Iterator[Planned]:
    """Rates that nobody should take."""
    draw = random.Random(11)
    for data, technique, number in product(MADE, TECHNIQUES, range(3)):
        yield Planned(
            model="tiny",
            data=data,
            technique=technique,
            rate=USUAL[technique] * draw.choice((100.0, 300.0, 1000.0)),
            schedule=draw.choice(("cosine", "linear", "constant")),
            epochs=draw.choice((2, 3, 4)),
            train=draw.choice((64, 160)),
            validation=draw.choice((40, 80)),
            leaky=False,
            evaluations=draw.choice((6, 8, 10)),
            seed=500 + number,
        )


def _by_heart() -> Iterator[Planned]:
    """Few rows with many copies, as in data that nobody cleaned: a tiny model learns nothing else by heart in five epochs."""
    draw = random.Random(10)
    for data, technique, number in product(MADE, TECHNIQUES, range(5)):
        yield _of_copies(draw, data, technique, 400 + number)


def _more_by_heart() -> Iterator[Planned]:
    """More of these, in both parts: the first ones that were tested were nine, and those tuned on of two techniques."""
    draw = random.Random(14)
    for data, technique, number in product(MADE | TUNING, (*TECHNIQUES, *TUNING_TECHNIQUES), range(3)):
        run = _of_copies(draw, data, technique, 800 + number)
        tuning_only = data in TUNING or technique in TUNING_TECHNIQUES
        if tuning_only == (run.part == "tune"):
            yield run


def _of_copies(draw: random.Random, data: str, technique: str, seed: int) -> Planned:
    return Planned(
        model="tiny",
        data=data,
        technique=technique,
        rate=USUAL[technique] * draw.choice((1.0, 3.0, 3.0)),
        schedule=draw.choice(("cosine", "linear", "constant")),
        epochs=draw.choice((2, 3, 4, 5)),
        train=400,
        validation=draw.choice((40, 80)),
        leaky=False,
        evaluations=draw.choice((6, 8, 10, 15, 20)),
        seed=seed,
        distinct=draw.choice((16, 32, 64)),
    )


def _sensible() -> Iterator[Planned]:
    """Runs as somebody makes them who knows how: most of the others are too short or too slow, and false alarms need healthy ones."""
    draw = random.Random(9)
    for data, technique, number in product(MADE, TECHNIQUES, range(8)):
        yield Planned(
            model="tiny",
            data=data,
            technique=technique,
            rate=USUAL[technique] * draw.choice((1.0, 3.0)),
            schedule=draw.choice(("cosine", "linear")),
            epochs=draw.choice((3, 4, 5)),
            train=400,
            validation=draw.choice((40, 80)),
            leaky=False,
            evaluations=draw.choice((6, 8, 10, 15)),
            seed=300 + number,
        )


def _more_to_tune_on() -> Iterator[Planned]:
    """Other tasks and techniques than those that are tested on, so that a threshold that is set fits more than a few of them."""
    draw = random.Random(12)
    pairs = [*product(TUNING, ("full", "lora", *TUNING_TECHNIQUES)), *product(MADE, TUNING_TECHNIQUES)]
    runs = []
    for (data, technique), number in product(pairs, range(6)):
        if data in TEST_DATA:
            continue
        copies = draw.choice((16, 32, 64)) if number == 0 else 0
        runs.append(
            Planned(
                model="tiny",
                data=data,
                technique=technique,
                rate=USUAL[technique] * draw.choice((0.3, 1.0, 1.0, 3.0, 3.0, 10.0)),
                schedule=draw.choice(("cosine", "linear", "constant")),
                epochs=draw.choice((1, 2, 3, 4, 5)),
                train=400 if copies else draw.choice((64, 160, 400)),
                validation=draw.choice((20, 40, 80)),
                leaky=False,
                evaluations=draw.choice((5, 6, 8, 10, 15, 20)),
                seed=600 + number,
                distinct=copies,
            )
        )
    random.Random(1).shuffle(runs)
    yield from runs


def _wider_to_tune_on() -> Iterator[Planned]:
    """Runs like those that are tested on, of tasks and techniques that are not: what a rule owes to the runs it was set on shows on them."""
    draw = random.Random(19)
    runs = []
    for data, technique, number in product(WIDER, ("full", "lora", *TUNING_TECHNIQUES), range(8)):
        seed = WIDER_SEED + number
        if number < 2:
            runs.append(_of_copies(draw, data, technique, seed))
        else:
            runs.append(_good_one(draw, data, technique, seed))
    # Mixed, so that a part of them has something of everything.
    random.Random(4).shuffle(runs)
    yield from runs


def _more_to_test_on() -> Iterator[Planned]:
    """More runs as somebody makes them who knows how: false alarms are counted on healthy ones."""
    yield from _good_ones(random.Random(13), 700, 6, MADE)


def _last_to_test_on() -> Iterator[Planned]:
    """Test runs that were planned last, to be judged once: those before them were scored while thresholds were set."""
    draw = random.Random(15)
    yield from _good_ones(draw, LATER_SEED, 4, MADE)
    for data, technique, number in product(MADE, TECHNIQUES, range(2)):
        run = _of_copies(draw, data, technique, LATER_SEED + 50 + number)
        if run.part == "test":
            yield run


def _to_confirm() -> Iterator[Planned]:
    """Healthy and overfitting test runs, again to be judged once: of the latter there were 23, which says little about any share."""
    draw = random.Random(18)
    runs = list(_good_ones(draw, CONFIRMING_SEED, 4, [*TESTING, *MADE]))
    for data, technique, number in product([*TESTING, *MADE], ("full", "lora", "lora-all"), range(6)):
        run = replace(
            _of_copies(draw, data, technique, CONFIRMING_SEED + 50 + number),
            rate=USUAL[technique] * draw.choice((1.0, 3.0, 3.0, 10.0)),
            epochs=draw.choice((3, 4, 5)),
            distinct=draw.choice((16, 32)),
        )
        if run.part == "test":
            runs.append(run)
    # Mixed, so that a part of them has both.
    random.Random(3).shuffle(runs)
    yield from runs


def _good_ones(draw: random.Random, seed: int, each: int, tasks: Iterable[str]) -> Iterator[Planned]:
    for data, technique, number in product(tasks, TECHNIQUES, range(each)):
        run = _good_one(draw, data, technique, seed + number)
        if run.part == "test":
            yield run


def _good_one(draw: random.Random, data: str, technique: str, seed: int) -> Planned:
    return Planned(
        model="tiny",
        data=data,
        technique=technique,
        rate=USUAL[technique] * draw.choice((1.0, 3.0)),
        schedule=draw.choice(("cosine", "linear", "constant")),
        epochs=draw.choice((3, 4, 5)),
        train=draw.choice((160, 400)),
        validation=draw.choice((40, 80)),
        leaky=False,
        evaluations=draw.choice((5, 6, 8, 10, 15, 20)),
        seed=seed,
    )


def _all_kinds() -> Iterator[Planned]:
    draw = random.Random(7)
    for data, technique, number in product(MADE, TECHNIQUES, range(EACH)):
        epochs = draw.choice((1, 2, 2, 3, 3, 3, 5, 5, 5, 10, 30))
        yield Planned(
            model="tiny",
            data=data,
            technique=technique,
            rate=USUAL[technique] * RATES[number % len(RATES)],
            schedule=draw.choice(("cosine", "linear", "constant")),
            epochs=epochs,
            train=draw.choice((64, 160, 400) if epochs <= LONGEST_EPOCHS else (64, 160)),
            validation=draw.choice((4, 20, 20, 20, 40, 40, 40, 40, 80, 80)),
            leaky=draw.random() < 0.06,
            evaluations=draw.choice((3, 5, 5, 8, 8, 10, 10, 10, 20, 20)),
            seed=100 + number,
        )


def _of_the_starter() -> Iterator[Planned]:
    """Each for 1, 2 and 4 epochs, so that one tells what twice as long would have brought another: its runs are dear."""
    draw = random.Random(8)
    longest = [
        [
            Planned(
                model="starter",
                data=data,
                technique=technique,
                rate=USUAL_STARTER[technique] * draw.choice(factors),
                schedule=draw.choice(("cosine", "linear", "constant")),
                epochs=4,
                train=32,
                validation=16,
                leaky=draw.random() < 0.06,
                evaluations=draw.choice((6, 8)),
                seed=100 + number,
                distinct=16 * number,
            )
            for data in COURSE
            for technique in TECHNIQUES
        ]
        for number, factors in enumerate(((0.3, 1.0, 1.0, 3.0), (3.0, 3.0, 10.0, 30.0)))
    ]
    # Low and high rates by turns, so that a set that was cut short has both.
    for first in (0, 1):
        for place in range(len(COURSE) * len(TECHNIQUES)):
            run = longest[(place + first) % 2][place]
            yield from (replace(run, epochs=epochs) for epochs in (4, 2, 1))


def _more_of_the_starter() -> Iterator[Planned]:
    """On a card they are cheap: the made-up tasks, too, with larger held-out parts and batches; tuning and test runs by turns."""
    draw = random.Random(16)
    tasks = (*COURSE, *MADE, *TUNING, *TESTING)
    techniques = ("full", "lora", "lora-mlp", *TEST_TECHNIQUES)
    longest = [
        _longest(draw, data, technique, number)
        for number, data, technique in product(range(3), tasks, techniques)
        if not (data in TEST_DATA and technique == "lora-mlp")
    ]
    by_part = {part: [run for run in longest if run.part == part] for part in ("tune", "test")}
    for runs in by_part.values():
        random.Random(2).shuffle(runs)
    for pair in zip_longest(by_part["tune"], by_part["test"]):
        for run in filter(None, pair):
            yield from (replace(run, epochs=epochs) for epochs in (4, 2, 1))


def _longest(draw: random.Random, data: str, technique: str, number: int) -> Planned:
    """Number 0 as somebody trains who knows how, 1 at any rate, 2 on copies of a few rows."""
    rows, test_rows = COURSE_ROWS.get(data, ((64, 160, 320), 0))
    rate = draw.choice(
        ((1.0, 3.0, 3.0), (0.1, 0.3, 1.0, 3.0, 10.0, 30.0, 100.0), (1.0, 3.0, 3.0, 10.0))[number]
    )
    return Planned(
        model="starter",
        data=data,
        technique=technique,
        rate=USUAL_STARTER[technique] * rate,
        schedule=draw.choice(("cosine", "linear", "constant")),
        epochs=4,
        train=draw.choice(rows),
        validation=draw.choice((16, 32, 32) if test_rows else (16, 40, 80, 160)),
        leaky=draw.random() < 0.05,
        evaluations=draw.choice((4, 5, 6, 8, 10, 15, 20)),
        seed=STARTER_LATER_SEED + number,
        distinct=draw.choice((16, 32)) if number == 2 else 0,
        batch_size=draw.choice((4, 8)),
        test_rows=test_rows,
    )
