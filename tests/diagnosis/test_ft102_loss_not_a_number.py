import math

import pytest

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


def test_silent_on_numbers():
    assert passes("FT102", history(healthy))


def test_not_applicable_to_nothing():
    assert why_not("FT102", History())
