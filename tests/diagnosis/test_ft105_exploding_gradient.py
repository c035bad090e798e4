import math

import pytest

from ftkit.diagnosis import diagnose
from tests.diagnosis.made_up import found, healthy, history, passes, why_not
from tests.diagnosis.test_diagnosis_verdict import RECIPE


def with_norms(*places, value=math.nan):
    made = history(healthy)
    for place in places:
        made.grad_norm[place] = (made.grad_norm[place][0], value)
    return made


def test_found_where_the_norm_grew_a_thousandfold():
    made = history(healthy)
    made.grad_norm = [(step, 1.0 if step < 45 else 1000.0) for step, _ in made.grad_norm]
    assert found("FT105", made).verdict == "unstable"


@pytest.mark.parametrize("value", [math.inf, math.nan])
@pytest.mark.parametrize("places", [(9, 10, 11), (-1,), (3, 9, 17, 25)], ids=["in-a-row", "last", "often"])
def test_found_where_the_norm_is_not_a_number(places, value):
    made = with_norms(*places, value=value)
    finding = found("FT105", made)
    assert finding.evidence["step"] == made.grad_norm[places[0]][0]
    assert (finding.verdict, finding.severity) == ("unstable", "issue")


@pytest.mark.parametrize("value", [math.inf, math.nan])
def test_a_step_that_was_skipped_is_a_tip(value):
    made = with_norms(9, value=value)
    finding = found("FT105", made)
    assert (finding.verdict, finding.severity) == (None, "tip")
    assert "skipped" in finding.sentence
    assert diagnose(made).verdict == "healthy"


def test_it_is_no_skipped_step_where_a_loss_is_no_number_from_there_on():
    made = with_norms(9)
    made.train[10:] = [(step, math.nan) for step, _ in made.train[10:]]
    assert found("FT105", made).verdict == "unstable"


def test_a_skipped_step_does_not_make_a_run_without_evaluations_look_broken():
    made = with_norms(9)
    made.eval, made.evaluations = [], {}
    said = diagnose(made, RECIPE)
    assert said.verdict == "not-enough-evidence"
    assert "broken" not in said.sentence
    assert "training.learning_rate" not in {remedy.field for remedy in said.remedies}


def test_a_norm_that_grew_is_found_in_spite_of_a_skipped_step():
    made = history(healthy)
    made.grad_norm = [(step, 1.0 if step < 45 else 1000.0) for step, _ in made.grad_norm]
    made.grad_norm[4] = (made.grad_norm[4][0], math.nan)
    assert found("FT105", made).verdict == "unstable"


def test_the_rate_that_it_advises_is_that_of_the_remedy():
    made = history(healthy)
    made.grad_norm = [(step, 1.0 if step < 45 else 1000.0) for step, _ in made.grad_norm]
    said = diagnose(made, RECIPE)
    assert "to a tenth" in said.findings[0].try_
    assert said.remedies[0].to == pytest.approx(RECIPE["training"]["learning_rate"] / 10)


def test_silent_on_a_healthy_run():
    assert passes("FT105", history(healthy))


def test_not_applicable_without_norms():
    made = history(healthy)
    made.grad_norm = []
    assert why_not("FT105", made)
