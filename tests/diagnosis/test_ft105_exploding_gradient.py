import math

from tests.diagnosis.made_up import found, healthy, history, passes, why_not


def test_found_where_the_norm_grew_a_thousandfold():
    made = history(healthy)
    made.grad_norm = [(step, 1.0 if step < 45 else 1000.0) for step, _ in made.grad_norm]
    assert found("FT105", made).verdict == "unstable"


def test_found_where_the_norm_is_not_a_number():
    made = history(healthy)
    made.grad_norm[9] = (made.grad_norm[9][0], math.inf)
    assert found("FT105", made).evidence["step"] == made.grad_norm[9][0]


def test_silent_on_a_healthy_run():
    assert passes("FT105", history(healthy))


def test_not_applicable_without_norms():
    made = history(healthy)
    made.grad_norm = []
    assert why_not("FT105", made)
