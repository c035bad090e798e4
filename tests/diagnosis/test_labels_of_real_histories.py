"""The rule by which real histories are labelled, and their split; nothing is trained here."""

import math

import numpy as np
import pytest

from benchmarks.histories.data import COURSE, MADE, parts
from benchmarks.histories.label import digest, label, optimum
from benchmarks.histories.make import truth
from benchmarks.histories.plan import TEST_DATA, TEST_TECHNIQUES, plan


def record(*losses: float, error: float = 0.001, **more: object) -> dict:
    """A run with these test losses."""
    test = [[10 * i, loss, error] for i, loss in enumerate(losses)]
    return {"cell": ["tiny", "x", "lora", 64], "lacks_evidence": False, "broke": "", "test": test, **more}


@pytest.mark.parametrize(
    ("made", "wanted"),
    [
        (record(3.0, 2.0, 1.5, 1.6), "overfitting"),
        (record(3.0, 2.0, 1.5, 1.6, error=0.06), None),  # the rise is within the error of the test rows
        (record(3.0, 2.0, 1.5, 1.53), None),
        (record(3.0, 2.0, 1.4, 1.4), "healthy"),
        (record(3.0, 2.9, 2.8, 2.7), "underfitting"),
        (record(3.0, 2.0, 1.65, 1.65), None),
        (record(3.0, 2.0, 1.5, 3.4), "unstable"),
        (record(3.0, 5.0, 1.5, 1.5), "unstable"),
        (record(3.0, 2.0, math.nan, 1.5), "unstable"),
        (record(3.0, 2.0, 1.5, broke="RunError"), "unstable"),
        (record(3.0, 2.0, 1.5, 1.6, lacks_evidence=True), "not-enough-evidence"),
    ],
)
def test_the_rule(made, wanted):
    assert label(made, 1.4) == wanted


def test_where_nothing_can_be_gained_a_run_is_underfit():
    assert label(record(3.0, 2.99, 2.98), 2.97) == "underfitting"


def test_the_optimum_is_the_lowest_of_the_sweep_and_every_number_counts_in_the_hash():
    one, other = record(3.0, 1.4), record(3.0, 1.2, math.nan)
    (best,) = optimum([one, other]).values()
    assert best == 1.2
    assert digest(one) != digest(record(3.0, 1.401))


def test_the_split_is_by_data_set_and_technique():
    for model, count in (("tiny", 280), ("starter", 48)):
        runs = list(plan(model))
        assert len(runs) == len({run.name for run in runs}) == count
        tuned = [run for run in runs if run.part == "tune"]
        assert len(tuned) >= count // 5
        assert not {run.data for run in tuned} & set(TEST_DATA)
        assert not {run.technique for run in tuned} & set(TEST_TECHNIQUES)
        rates = [run.rate for run in runs if run.technique == "lora"]
        assert max(rates) >= 1e4 * min(rates) or model == "starter"


@pytest.mark.parametrize("name", [*MADE, *COURSE])
def test_the_parts_of_a_data_set_share_no_question_unless_they_are_meant_to(name):
    clean = parts(name, 64, 12, leaky=False, seed=101)
    asked = [{question for question, _ in part} for part in clean]
    assert [len(part) for part in clean[:2]] == [64, 12]
    assert not asked[0] & asked[1]
    assert not asked[2] & (asked[0] | asked[1])
    leaky = parts(name, 64, 12, leaky=True, seed=101)
    assert (
        len({question for question, _ in leaky.train} & {question for question, _ in leaky.validation}) == 6
    )


def test_the_error_is_that_of_the_difference_from_the_lowest():
    rows = np.array([[4.0, 6.0, 8.0], [2, 2, 2]])
    worse = np.array([[6.0, 8.0, 10.0], [2, 2, 2]])
    assert truth({0: worse, 10: rows, 20: worse}) == [[0, 4.0, 0.0], [10, 3.0, 0.0], [20, 4.0, 0.0]]
