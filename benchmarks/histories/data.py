"""The data sets in three parts: tasks made on the spot, and the course's own."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import NamedTuple

from benchmarks.histories.tasks import MADE, TESTING, TUNING, WIDER, Row, made

COURSE = ("pirate", "school-office", "short-answers")
TEST_ROWS = 300
# The starter model reads a row in a tenth of a second, and reads them all at every evaluation.
COURSE_TEST_ROWS = 24
_COLUMNS = (("question", "answer"), ("text", "label"), ("prompt", "chosen"))
NOTEBOOKS = Path(__file__).parents[2] / "notebooks" / "data"


class Parts(NamedTuple):
    """Questions with answers: what is trained on, what the detector sees evaluated, and what only the label knows."""

    train: list[Row]
    validation: list[Row]
    test: list[Row]


def parts(
    name: str, train: int, validation: int, *, leaky: bool, seed: int, distinct: int = 0, test_rows: int = 0
) -> Parts:
    """A data set in three parts; in a leaky one, half of the validation rows are trained on, too.

    Parameters
    ----------
    distinct
        Where it is given, the training rows are copies of that many.
    test_rows
        Of the course's data sets: so many rows are the test part whatever else is drawn.
    """
    count = distinct or train
    maker = (MADE | TUNING | TESTING | WIDER).get(name)
    if maker:
        test = made(maker, TEST_ROWS, 10_000, set())
        rows = made(maker, count + validation, seed, {question for question, _ in test})
    else:
        read = {part: _course(name, part) for part in ("train", "validation", "test")}
        rows = read["train"] + read["validation"]
        if test_rows:
            everything = rows + read["test"]
            random.Random(0).shuffle(everything)
            test, rows = everything[:test_rows], everything[test_rows:]
        random.Random(seed).shuffle(rows)
        if not test_rows:
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
