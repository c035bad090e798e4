from tests.diagnosis.made_up import found, healthy, history, passes, why_not


def test_found_where_the_curve_only_shakes():
    made = history(lambda share: 2.0, per_row=False, shaking=0.3)
    assert found("FT007", made).verdict == "not-enough-evidence"


def test_silent_on_a_healthy_run():
    assert passes("FT007", history(healthy, per_row=False, shaking=0.03))


def test_silent_on_a_flat_curve_without_noise():
    assert passes("FT007", history(lambda share: 2.0, per_row=False, row_wander=0.001))


def test_not_applicable_where_the_rows_answer_it():
    assert "FT003" in why_not("FT007", history(healthy))
