import math

import pytest

from ftkit.runfolder import History
from tests.diagnosis.made_up import found, healthy, history, passes, why_not


@pytest.mark.parametrize("value", [math.nan, math.inf])
def test_found_in_the_training_loss(value):
    made = history(healthy)
    made.train[5] = (made.train[5][0], value)
    finding = found("FT102", made)
    assert finding.evidence == {"step": made.train[5][0]}
    assert finding.verdict == "unstable"


def test_found_in_the_evaluation_loss():
    made = history(healthy)
    made.eval[3] = (made.eval[3][0], math.nan)
    assert "evaluation loss" in found("FT102", made).sentence


def test_silent_on_numbers():
    assert passes("FT102", history(healthy))


def test_not_applicable_to_nothing():
    assert why_not("FT102", History())
