import math

import pytest

from ftkit.diagnosis import diagnose
from ftkit.runfolder import History
from tests.diagnosis.made_up import found, healthy, history, overfit, passes, why_not


@pytest.mark.parametrize(("count", "said"), [(0, "never logged"), (1, "logged once"), (3, "logged 3 times")])
def test_found_where_the_training_loss_was_hardly_logged(count, said):
    made = history(overfit)
    made.train = made.train[:count]
    assert said in found("FT012", made).sentence
    verdict = diagnose(made)
    assert verdict.verdict == "not-enough-evidence"
    assert "training loss" in verdict.sentence
    assert not verdict.remedies


def test_silent_where_it_was_logged():
    assert passes("FT012", history(healthy))


def test_not_applicable_without_evaluations_and_where_it_is_no_number():
    assert why_not("FT012", History())
    made = history(healthy)
    made.train = [(step, math.nan) for step, _ in made.train]
    assert why_not("FT012", made)
