from tests.diagnosis.made_up import by_heart, found, healthy, history, passes, why_not


def with_norms(course, late: float, train=None):
    made = history(course, train)
    made.grad_norm = [(step, 1.0 if step < 30 else late) for step, _ in made.train]
    return made


def test_found_where_nothing_arrives_any_more():
    assert found("FT114", with_norms(healthy, 1e-8)).evidence["late"] == 1e-8
    assert found("FT114", with_norms(healthy, 1e-4))


def test_silent_where_gradients_stay():
    assert passes("FT114", with_norms(healthy, 0.1))


def test_small_gradients_at_a_loss_of_zero_are_as_they_should_be():
    assert "near zero" in why_not("FT114", with_norms(healthy, 1e-8, lambda share: 0.01))


def test_not_applicable_without_norms():
    made = history(healthy, by_heart)
    made.grad_norm = []
    assert "eight" in why_not("FT114", made)
