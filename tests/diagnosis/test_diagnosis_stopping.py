"""Why a run is not ended, said so that it does not contradict the verdict, and only where it is true."""

from __future__ import annotations

import pytest

from ftkit.diagnosis import diagnose, should_stop

VALLEY = [2.5, 2.0, 1.8, 1.7, 1.65, 1.62, 1.6, 1.66, 1.72, 1.8]


def curve(losses, trained=0.8):
    return {
        "train": [[10 * n, 3 * trained**n + 0.1] for n in range(1, len(losses) + 1)],
        "eval": [[10 * n, loss] for n, loss in enumerate(losses, 1)],
    }


def test_where_the_verdict_is_overfitting_and_the_run_goes_on_it_says_that_stopping_takes_more_proof():
    made = curve(VALLEY)
    assert diagnose(made).verdict == "overfitting"
    stop, why = should_stop(made)
    assert not stop
    assert "`diagnose` calls this overfitting" in why
    assert "more proof" in why


@pytest.mark.parametrize("losses", [VALLEY[:7], VALLEY[:8], [2.5, 2.4, 2.3, 2.2, 2.1, 2.0]])
def test_where_it_is_not_nothing_of_the_kind_is_said(losses):
    assert diagnose(curve(losses)).verdict != "overfitting"
    assert "`diagnose`" not in should_stop(curve(losses))[1]


@pytest.mark.parametrize(
    ("count", "told"),
    [
        (7, "was at its best a moment ago, at the last evaluation."),
        (8, "was at its best 1 evaluation ago, at step 70."),
        (9, "was at its best 2 evaluations ago, at step 70."),
    ],
)
def test_how_long_ago_it_was_best_is_counted(count, told):
    assert told in should_stop(curve(VALLEY[:count]))[1]


def test_the_best_by_another_measure_is_counted_from_there():
    made = curve([2.5, 1.6, 1.7, 1.8, 1.9, 2.0, 2.1, 2.2])
    made["eval_accuracy"] = [
        [10 * n, value] for n, value in enumerate([0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.55, 0.5], 1)
    ]
    made["metric_for_best_model"] = "accuracy"
    assert "or eval_accuracy, was at its best 2 evaluations ago, at step 60." in should_stop(made)[1]
