import math

import pytest

from ftkit.diagnosis import diagnose, should_stop
from ftkit.runfolder import History
from tests.diagnosis.made_up import found, healthy, history, passes, why_not


@pytest.mark.parametrize("value", [math.nan, math.inf])
def test_found_in_the_training_loss(value):
    made = history(healthy)
    made.train[30:] = [(step, value) for step, _ in made.train[30:]]
    finding = found("FT102", made)
    assert finding.evidence == {"step": made.train[30][0]}
    assert finding.verdict == "unstable"


def test_found_in_the_evaluation_loss():
    made = history(healthy)
    made.eval[-1] = (made.eval[-1][0], math.nan)
    finding = found("FT102", made)
    assert "evaluation loss" in finding.sentence
    assert finding.verdict == "unstable"


def test_one_from_which_the_run_came_back_is_a_tip():
    """Weights that are no numbers never become any again."""
    made = history(healthy)
    made.train[5] = (made.train[5][0], math.nan)
    finding = found("FT102", made)
    assert (finding.severity, finding.verdict) == ("tip", None)
    assert finding.evidence == {"step": made.train[5][0], "count": 1}
    assert "later it is a number again" in finding.sentence


@pytest.mark.parametrize("places", [(3,), (3, 4), (3, 4, 5, 6), (1, 3, 5, 7)])
def test_evaluations_that_overflow_while_the_training_goes_on_are_a_tip(places):
    """Weights that give a finite loss later were never broken: half precision did not suffice for the evaluation."""
    made = history(healthy, per_row=False)
    for place in places:
        made.eval[place] = (made.eval[place][0], math.inf)
    finding = found("FT102", made)
    assert (finding.severity, finding.verdict) == ("tip", None)
    assert finding.evidence == {"step": made.eval[places[0]][0], "count": len(places)}
    assert "worthless" not in finding.means
    assert "lower learning rate" not in finding.try_
    assert diagnose(made).verdict == "healthy"
    # Where the training loss broke as well, it is no matter of the evaluation.
    if len(places) > 2:
        made.train[10] = (made.train[10][0], math.nan)
        assert found("FT102", made).verdict == "unstable"


def test_a_run_that_goes_on_is_not_stopped_for_one_evaluation_that_overflowed():
    """The next evaluations tell: of several in a row nobody believes that."""
    train, losses = [(10 * n, 3 / n) for n in range(1, 41)], [2.0, 1.5, 1.2, 1.1, 1.05, 1.04, 1.03]
    for count, stop in ((1, False), (2, False), (3, True)):
        evals = [(10 * n, loss) for n, loss in enumerate([*losses, *[math.inf] * count], 1)]
        series = {"train": train[: len(evals)], "eval": evals, "total_steps": 400}
        assert should_stop(series)[0] is stop
        assert (diagnose(series).verdict == "unstable") is stop
    # A run that is over has no next evaluation.
    assert diagnose({**series, "eval": [*evals[:8]]}, ended=True).verdict == "unstable"


def test_silent_on_numbers():
    assert passes("FT102", history(healthy))


def test_not_applicable_to_nothing():
    assert why_not("FT102", History())
