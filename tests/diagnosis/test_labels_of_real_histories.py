"""The rule by which real histories are labelled, and their split; nothing is trained here."""

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis.strategies import integers

from benchmarks.histories.data import COURSE, parts
from benchmarks.histories.label import digest, label, optimum
from benchmarks.histories.plan import plan
from benchmarks.histories.planned import TEST_DATA, TEST_TECHNIQUES
from benchmarks.histories.tasks import MADE, TESTING, TUNING, WIDER
from benchmarks.histories.training import between_evaluations, truth


def record(*losses: float, error: float = 0.001, twice: tuple[float, ...] = (), **more: object) -> dict:
    """A run with these test losses, and the test losses of the same run for twice as long."""
    test = [[10 * i, loss, error] for i, loss in enumerate(losses)]
    longer = [[10 * i, loss, error] for i, loss in enumerate(twice)]
    cell = ["tiny", "x", "lora", 64]
    known = {"cell": cell, "lacks_evidence": False, "broke": "", "train": []}
    return {**known, "test": test, "twice": longer, **more}


@pytest.mark.parametrize(
    ("made", "wanted"),
    [
        (record(3.0, 2.0, 1.5, 1.55, 1.6), "overfitting"),
        (record(3.0, 2.0, 1.5, 1.55, 1.6, error=0.06), None),  # the rise is within the error of the test rows
        (record(5.6, 0.2, 0.07, 0.08, 0.08, twice=(0.07,)), "healthy"),  # nobody minds a hundredth of 5.5
        (record(3.0, 2.0, 1.5, 1.5, 1.6), None),  # once is not lasting
        (record(3.0, 2.0, 1.5, 1.55, 1.6, train=[[18, 1.0], [38, 1.2]]), None),  # the steps are too large
        (record(3.0, 2.0, 1.5, 1.55, 1.6, train=[[18, 1.0], [38, 0.8]]), "overfitting"),
        (record(5.6, 0.5, 0.3, 2.5, 0.4, 0.4), None),  # thrown back, and not yet repaired
        (record(3.0, 2.0, 1.5, 1.53), None),
        (record(5.8, 0.8, 0.4, 0.4, twice=(0.2,)), None),  # little of the gain, and half of the loss
        (record(3.0, 2.0, 1.5, 1.5, twice=(2.0, 1.49)), "healthy"),
        (record(3.0, 2.0, 1.5, 1.5, twice=(2.0, 1.7)), "healthy"),
        (record(3.0, 2.0, 1.5, 1.5, twice=(2.0, 1.37)), None),
        (record(3.0, 2.0, 1.5, 1.5, twice=(2.0, 1.38)), None),
        (record(3.0, 2.0, 1.5, 1.5, twice=(2.0, 1.3)), "underfitting"),
        (record(3.0, 2.0, 1.5, 1.5), None),  # nobody knows what more would have brought
        (record(3.0, 2.0, 1.95, 1.95, twice=(2.0, 1.95)), None),  # another rate gained much more
        (record(3.0, 2.9, 2.8, 2.7), "underfitting"),
        (record(3.0, 2.99, 2.98, 2.97), "underfitting"),
        (record(3.0, 2.0, 1.5, 3.4), "unstable"),
        (record(3.0, 5.0, 1.5, 1.5), "unstable"),
        (
            record(3.0, 2.5, 3.2, 3.4, train=[[1, 3.0], [28, 1.0]]),
            "overfitting",
        ),  # learnt by heart, nothing else
        (record(3.0, 2.5, 3.2, 3.4, train=[[1, 3.0], [28, 3.2]]), "unstable"),
        (record(3.0, 2.0, 2.2, 1.5, 1.7, 1.8), None),  # it went up by that much before, and came down again
        (record(3.0, 3.4, 1.5, 1.5, twice=(1.5,)), None),
        (record(3.0, 1.6, 2.0, 1.5, 1.5, twice=(1.5,)), None),  # there and back
        (record(3.0, 2.0, math.nan, 1.5), "unstable"),
        (record(3.0, 2.0, 1.5, broke="RunError"), "unstable"),
        (record(3.0, 2.0, 1.5, 1.6, lacks_evidence=True), "not-enough-evidence"),
    ],
)
def test_the_rule(made, wanted):
    assert label(made, min(1.3, min(loss for _, loss, _ in made["test"] if loss == loss))) == wanted


def test_the_optimum_is_the_lowest_of_the_sweep_on_as_many_rows_or_fewer():
    one, other = record(3.0, 1.4), record(3.0, 1.2, math.nan, twice=(2.0, 1.1))
    more_rows = record(3.0, 0.5) | {"cell": ["tiny", "x", "lora", 160]}
    another = record(3.0, 0.5) | {"cell": ["tiny", "x", "full", 64]}
    everything = [one, other, more_rows, another]
    assert optimum(one, everything) == 1.1
    assert optimum(more_rows, everything) == 0.5


def test_every_number_counts_in_the_hash():
    assert digest(record(3.0, 1.4)) != digest(record(3.0, 1.401))


def test_copies_are_of_rows_that_are_trained_on():
    made = parts("polite", 50, 20, leaky=False, seed=1, distinct=8)
    assert (len(made.train), len(set(made.train)), len(made.validation)) == (50, 8, 20)
    assert not set(made.train) & {*made.validation, *made.test}


def test_twice_as_long_is_the_same_run_otherwise():
    run = next(plan("tiny"))
    assert replace(run.twice, epochs=run.epochs) == run
    assert run.twice.epochs == 2 * run.epochs


@given(steps=integers(1, 400), evaluations=integers(3, 20))
def test_a_run_is_evaluated_until_about_its_end(steps, evaluations):
    every = between_evaluations(steps, evaluations)
    made = min(evaluations, steps // every)
    assert every * made >= 0.7 * steps


def test_of_the_starter_the_longer_run_is_made_before_the_one_it_tells_about():
    names = [run.name for run in plan("starter")]
    for run in plan("starter"):
        if run.epochs < 4:
            assert names.index(run.twice.name) < names.index(run.name)


def test_the_split_is_by_data_set_and_technique():
    for model, count in (("tiny", 1782), ("starter", 738)):
        runs = list(plan(model))
        assert len(runs) == len({run.name for run in runs}) == count
        tuned = [run for run in runs if run.part == "tune"]
        assert len(tuned) >= count // 5
        assert not {run.data for run in tuned} & set(TEST_DATA)
        assert not {run.technique for run in tuned} & set(TEST_TECHNIQUES)
        rates = [run.rate for run in runs if run.technique == "lora"]
        assert max(rates) >= 1e4 * min(rates) or model == "starter"


@pytest.mark.parametrize("name", [*MADE, *TUNING, *TESTING, *WIDER, *COURSE])
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


@pytest.mark.parametrize("name", COURSE)
def test_a_fixed_number_of_test_rows_are_always_the_same_ones(name):
    train, validation, test = parts(name, 48, 32, leaky=False, seed=1, test_rows=48)
    assert test == parts(name, 32, 16, leaky=True, seed=2, test_rows=48).test
    assert [len(part) for part in (train, validation, test)] == [48, 32, 48]
    assert len({*train, *validation, *test}) == 128


def test_runs_of_a_chain_differ_in_their_epochs_alone():
    chains = {}
    for run in plan("starter"):
        chains.setdefault(run.chain, []).append(run)
    assert all([run.epochs for run in runs] == [4, 2, 1] for runs in chains.values())
    assert all(len({replace(run, epochs=0) for run in runs}) == 1 for runs in chains.values())


def test_the_error_is_that_of_the_difference_from_the_lowest():
    rows = np.array([[4.0, 6.0, 8.0], [2, 2, 2]])
    worse = np.array([[6.0, 8.0, 10.0], [2, 2, 2]])
    assert truth({0: worse, 10: rows, 20: worse}) == [[0, 4.0, 0.0], [10, 3.0, 0.0], [20, 4.0, 0.0]]


@pytest.mark.parametrize("name", MADE)
def test_the_largest_run_gets_all_its_rows(name):
    assert [len(part) for part in parts(name, 400, 80, leaky=False, seed=101)] == [400, 80, 300]
