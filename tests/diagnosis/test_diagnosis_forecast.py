"""What twice as long should bring: said only where runs were measured, and as often right as it says."""

import math
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.histories.score import figures, judged
from ftkit.diagnosis import diagnose
from ftkit.diagnosis.forecast import after_twice_as_long
from tests.diagnosis.made_up import barely_moved, history, still_falling
from tests.diagnosis.test_diagnosis_verdict import RECIPE


def longer(made, **training):
    found = diagnose(made, {**RECIPE, "training": {**RECIPE["training"], **training}})
    fields = ("training.num_train_epochs", "training.max_steps")
    return found, next(remedy for remedy in found.remedies if remedy.field in fields)


@pytest.mark.parametrize("limit", [{}, {"max_steps": 200}])
def test_more_epochs_come_with_the_loss_that_they_should_bring(limit):
    found, remedy = longer(history(still_falling), **limit)
    best = found.numbers["best_loss"]
    reached = after_twice_as_long(best, found.findings[0].evidence["last"])
    assert 0 < reached < best
    assert f"loss of {reached:.3f} or less, after {best:.3f}: nine of ten" in remedy.expected_effect


def test_a_lucky_evaluation_among_many_is_not_where_it_starts():
    made = history(still_falling, evaluations=300, shaking=0.01)
    lucky = [(step, 0.9 * loss if at == 280 else loss) for at, (step, loss) in enumerate(made.eval)]
    made = replace(made, eval=lucky, evaluations={})
    said = longer(made)[1].expected_effect
    assert f"after {min(loss for _, loss in lucky):.3f}" not in said
    assert "nine of ten" in said


def test_no_figures_for_a_run_that_was_measured_nowhere():
    unknown = history(still_falling)
    unknown.learning_rate.clear()  # a third of the steps is not a third of the learning
    for made, training in (
        (history(still_falling), {"num_train_epochs": 0.3}),  # of a part of an epoch, a whole one is next
        (history(barely_moved), {"learning_rate": 1e-5}),  # a rate that is too low is another matter
        (unknown, {}),
    ):
        assert "measured" not in longer(made, **training)[1].expected_effect


@given(st.floats(1e-6, 1e6), st.floats(0, 1e6))
def test_what_is_said_lies_between_nothing_and_the_best(best, last):
    reached = after_twice_as_long(best, last)
    assert 0 <= reached <= best * (1 + 1e-9)
    assert math.isfinite(reached)


@pytest.mark.parametrize(("model", "least"), [("tiny", 150), ("starter", 20)])
def test_on_real_runs_of_the_tuning_part_it_holds_as_often_as_it_says(model, least):
    measured = figures(judged(model, "tune"))["twice_as_long"]
    assert measured["runs"] >= least
    assert 0.87 <= measured["came_as_far_as_said"] / measured["runs"] <= 0.93
