"""The data sets: small tasks made on the spot for the tiny model, and the course's own for the starter model."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

Row = tuple[str, str]
NAMES = (
    "ada",
    "ben",
    "cleo",
    "dan",
    "eva",
    "finn",
    "gus",
    "hana",
    "ivo",
    "june",
    "kai",
    "lea",
    "milo",
    "nora",
)
TOWNS = (
    "rome",
    "oslo",
    "lima",
    "cairo",
    "delhi",
    "paris",
    "quito",
    "tokyo",
    "perth",
    "sofia",
    "turin",
    "york",
)
NOTEBOOKS = Path(__file__).parents[2] / "notebooks" / "data"


class Parts(NamedTuple):
    """Questions with answers: what is trained on, what the detector sees evaluated, and what only the label knows."""

    train: list[Row]
    validation: list[Row]
    test: list[Row]


def doubled(draw: random.Random) -> Row:
    """A word twice. What the tiny base was trained on; no run uses it."""
    word = "".join(draw.choices("abcdefgh", k=draw.randint(2, 5)))
    return f"Say {word} twice.", f"{word} {word}!"


def reversed_word(draw: random.Random) -> Row:
    """A rule that can be learned: letters in the opposite order."""
    word = "".join(draw.choices("abcdef", k=draw.randint(3, 5)))
    return f"Turn {word} round.", word[::-1]


def summed(draw: random.Random) -> Row:
    """A rule that takes many examples: sums of two numbers."""
    one, other = draw.randint(0, 30), draw.randint(0, 30)
    return f"What is {one} + {other}?", str(one + other)


def lives_in(draw: random.Random) -> Row:
    """Facts without a rule: they can only be learned by heart."""
    name = f"{draw.choice(NAMES)} {draw.randint(1, 400)}"
    return f"Where does {name} live?", f"{name} lives in {draw.choice(TOWNS)}."


def polite(draw: random.Random) -> Row:
    """A manner of answering, which a few examples teach."""
    thing = f"{draw.choice(('a cup', 'a key', 'the map', 'some tea', 'a lamp'))} {draw.randint(1, 999)}"
    return f"I want {thing}.", f"Dear guest, here is {thing}. With pleasure!"


def labelled(draw: random.Random) -> Row:
    """A class, with a tenth of the answers wrong: nobody gets below that."""
    number = draw.randint(0, 999)
    wrong = draw.random() < 0.1
    return f"Is {number} even?", "yes" if (number % 2 == 0) != wrong else "no"


MADE: dict[str, Callable[[random.Random], Row]] = {
    made.__name__: made for made in (reversed_word, summed, lives_in, polite, labelled)
}


def spelled(draw: random.Random) -> Row:
    """A rule that is learned at once: a word, letter by letter."""
    word = "".join(draw.choices("abcdefghijkl", k=draw.randint(2, 6)))
    return f"Spell {word}.", "-".join(word)


def larger(draw: random.Random) -> Row:
    """A comparison: its form comes at once, its truth slowly."""
    one, other = draw.randint(0, 999), draw.randint(0, 999)
    return f"Which is larger, {one} or {other}?", f"{max(one, other)} is larger."


def greeted(draw: random.Random) -> Row:
    """One of several right answers, so that the loss stays high whatever is learned."""
    name = f"{draw.choice(NAMES)} {draw.randint(1, 400)}"
    return f"Greet {name}.", draw.choice((f"Hello {name}!", f"Good day, {name}.", f"Hi {name}, how are you?"))


def counted(draw: random.Random) -> Row:
    """A rule that is learned slowly: how many letters are an *a*."""
    word = "".join(draw.choices("aab", k=draw.randint(5, 9)))
    return f"How many a in {word}?", str(word.count("a"))


# Of the tuning part alone. They came later: a threshold has to fit more than three tasks before it is set.
TUNING: dict[str, Callable[[random.Random], Row]] = {
    made.__name__: made for made in (spelled, larger, greeted, counted)
}
COURSE = ("pirate", "school-office", "short-answers")
TEST_ROWS = 300
# The starter model reads a row in a tenth of a second, and reads them all at every evaluation.
COURSE_TEST_ROWS = 24
_COLUMNS = (("question", "answer"), ("text", "label"), ("prompt", "chosen"))


def made(maker: Callable[[random.Random], Row], count: int, seed: int, without: set[str]) -> list[Row]:
    """So many different rows; none whose question is in `without`."""
    draw, rows, seen = random.Random(seed), [], set(without)
    for _ in range(200 * count):
        row = maker(draw)
        if row[0] not in seen:
            seen.add(row[0])
            rows.append(row)
        if len(rows) == count:
            return rows
    raise ValueError(
        f"there are only {len(rows)} different rows of {maker.__name__}, and {count} were asked for"
    )


def parts(name: str, train: int, validation: int, *, leaky: bool, seed: int, distinct: int = 0) -> Parts:
    """A data set in three parts; in a leaky one, half of the validation rows are trained on, too.

    Where `distinct` is given, the training rows are copies of that many.
    """
    count = distinct or train
    maker = (MADE | TUNING).get(name)
    if maker:
        test = made(maker, TEST_ROWS, 10_000, set())
        rows = made(maker, count + validation, seed, {question for question, _ in test})
    else:
        read = {part: _course(name, part) for part in ("train", "validation", "test")}
        rows = read["train"] + read["validation"]
        random.Random(seed).shuffle(rows)
        # The course's data sets are small: what is not needed for training joins the test part.
        test = (read["test"] + rows[count + validation :])[:COURSE_TEST_ROWS]
    trained, held_out = rows[:count], rows[count : count + validation]
    trained = [*trained, *random.Random(seed).choices(trained, k=train - count)]
    if leaky:
        trained = [*trained[: len(trained) - len(held_out) // 2], *held_out[: len(held_out) // 2]]
    return Parts(trained, held_out, test)


def _course(name: str, part: str) -> list[Row]:
    rows = []
    for line in (NOTEBOOKS / name / f"{part}.jsonl").read_text("utf-8").splitlines():
        row = json.loads(line)
        asked, answer = next(pair for pair in _COLUMNS if pair[0] in row)
        rows.append((row[asked], row[answer]))
    return rows
