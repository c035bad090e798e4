import math

import pytest

from ftkit.diagnosis import diagnose
from ftkit.runfolder import History
from tests.diagnosis.made_up import found, healthy, history, overfit, passes, still_falling, why_not


@pytest.mark.parametrize(("count", "said"), [(0, "never logged"), (1, "logged once"), (3, "logged 3 times")])
def test_found_where_the_training_loss_was_hardly_logged(count, said):
    made = history(overfit)
    made.train = made.train[:count]
    assert said in found("FT012", made).sentence
    verdict = diagnose(made)
    assert verdict.verdict == "not-enough-evidence"
    assert "training loss" in verdict.sentence
    assert not verdict.remedies


@pytest.mark.parametrize("count", [0, 1, 3])
def test_keeps_no_verdict_back_where_the_evaluation_loss_only_falls(count):
    """A Trainer logs every 500 steps unless told otherwise: a short run has next to none of them."""
    for course, verdict in ((healthy, "healthy"), (still_falling, "underfitting")):
        made = history(course, per_row=False, evaluations=20)
        made.train = made.train[:count]
        assert diagnose(made).verdict == verdict
        finding = found("FT012", made)
        assert (finding.severity, finding.verdict) == ("tip", None)


def test_five_evaluations_that_fall_are_enough_without_training_losses():
    made = History.from_series({"train": [[500, 1.1]], "eval": [[n * 90, 2 / n**0.5] for n in range(1, 6)]})
    assert diagnose(made).verdict != "not-enough-evidence"


def test_a_rise_in_doubt_needs_it_all_the_same():
    values = [2.0, 1.5, 1.2, 1.1, 1.05, 1.15]
    made = History.from_series(
        {"train": [[500, 1.1]], "eval": [[n * 90, v] for n, v in enumerate(values, 1)]}
    )
    assert found("FT012", made).verdict == "not-enough-evidence"


def test_silent_where_it_was_logged():
    assert passes("FT012", history(healthy))


def test_not_applicable_without_evaluations_and_where_it_is_no_number():
    assert why_not("FT012", History())
    made = history(healthy)
    made.train = [(step, math.nan) for step, _ in made.train]
    assert why_not("FT012", made)
