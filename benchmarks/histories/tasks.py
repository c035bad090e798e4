"""Small tasks made on the spot: rules, facts, manners, classes. Each says what makes it hard."""

from __future__ import annotations

import json
import random
from collections.abc import Callable

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
MONTHS = (
    *("January", "February", "March", "April", "May", "June", "July"),
    *("August", "September", "October", "November", "December"),
)
DICTIONARY = {
    "red": "rau",
    "blue": "blu",
    "one": "un",
    "two": "dos",
    "cat": "kat",
    "dog": "hun",
    "sun": "sol",
    "rain": "ren",
    "house": "hus",
    "tree": "tre",
    "bread": "pan",
    "milk": "lak",
    "day": "dag",
    "night": "nat",
    "old": "alt",
    "new": "neu",
    "come": "kom",
    "go": "ga",
    "give": "gib",
    "take": "tag",
}
DESKS = {
    "phone": "devices",
    "laptop": "devices",
    "parcel": "post",
    "letter": "post",
    "room": "house",
    "desk": "house",
}
TONES = {
    "positive": ("lovely", "great", "a delight", "better than we hoped"),
    "negative": ("dreadful", "bad", "a let-down", "worse than we feared"),
    "neutral": ("as usual", "all right", "nothing special", "what we expected"),
}


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


def dated(draw: random.Random) -> Row:
    """A form that many data sets ask for: a date in figures."""
    day, month, year = draw.randint(1, 28), draw.randrange(12), draw.randint(1900, 2030)
    return f"Write {day} {MONTHS[month]} {year} in figures.", f"{year}-{month + 1:02}-{day:02}"


def extracted(draw: random.Random) -> Row:
    """Facts taken out of a sentence, as JSON."""
    name, count = f"{draw.choice(NAMES)} {draw.randint(1, 99)}", draw.randint(2, 40)
    thing, town = draw.choice(("lamps", "keys", "cups", "maps", "chairs")), draw.choice(TOWNS)
    found = {"who": name, "count": count, "what": thing, "to": town}
    return f"{name} wants {count} {thing} sent to {town}.", json.dumps(found)


def toned(draw: random.Random) -> Row:
    """A class that the words tell, whether somebody was pleased."""
    tone = draw.choice(tuple(TONES))
    place = f"{draw.choice(('room', 'soup', 'bed', 'view', 'staff', 'train'))} in {draw.choice(TOWNS)}"
    word, number = draw.choice(TONES[tone]), draw.randint(1, 99)
    return f"Guest {number}: the {place} was {word}.", tone


def born_in(draw: random.Random) -> Row:
    """Facts without a rule, in two words: they can only be learned by heart."""
    name = f"{draw.choice(NAMES)} {draw.randint(1, 400)}"
    return f"When was {name} born?", f"In {draw.choice(MONTHS)} {draw.randint(1900, 2020)}."


# Of the test part alone; planned after all others.
TESTING: dict[str, Callable[[random.Random], Row]] = {
    made.__name__: made for made in (dated, extracted, toned, born_in)
}


def put_in_order(draw: random.Random) -> Row:
    """A rule of order: letters as in the alphabet."""
    letters = draw.sample("abcdefghijklmnop", k=draw.randint(3, 5))
    return f"Put {' '.join(letters)} in order.", " ".join(sorted(letters))


def translated(draw: random.Random) -> Row:
    """A small dictionary, of which every row shows three words: a rule and facts at once."""
    words = draw.sample(sorted(DICTIONARY), k=3)
    return f"Translate: {' '.join(words)}.", " ".join(DICTIONARY[word] for word in words)


def follows(draw: random.Random) -> Row:
    """The next number: mostly copied, at times carried over."""
    number = draw.randint(0, 2998)
    return f"Which number comes after {number}?", f"After {number} comes {number + 1}."


def listed(draw: random.Random) -> Row:
    """A form: things in a sentence, as a list."""
    things = draw.sample(("lamps", "keys", "cups", "maps", "chairs", "pens", "books"), k=draw.randint(2, 4))
    said = f"{draw.randint(1, 99)} {', '.join(things[:-1])} and {things[-1]}"
    return f"List {said}.", "\n".join(f"* {thing}" for thing in things)


def recommended(draw: random.Random) -> Row:
    """Half a rule: the first half of the answer follows from the question, the other is anybody's guess."""
    town, days = draw.choice(TOWNS), draw.randint(1, 90)
    how = "by train" if days > 30 else "by bus"
    return (
        f"{days} days until {town}, how do I go?",
        f"Go {how} and see the {draw.choice(('tower', 'river', 'market', 'museum'))}.",
    )


def routed(draw: random.Random) -> Row:
    """A class that a pair of words tells, with a tenth of the answers wrong."""
    thing, fault = (
        draw.choice(tuple(DESKS)),
        draw.choice(("is broken", "is late", "costs too much", "is lost")),
    )
    desk = DESKS[thing] if fault in ("is broken", "is lost") else "accounts"
    desk = draw.choice(tuple(DESKS.values())) if draw.random() < 0.1 else desk
    return f"Ticket {draw.randint(1, 999)}: my {thing} {fault}.", desk


# Of the tuning part alone; they came last of all, to see how a rule that was set on the others does on tasks it never met.
WIDER: dict[str, Callable[[random.Random], Row]] = {
    made.__name__: made for made in (put_in_order, translated, follows, listed, recommended, routed)
}


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
