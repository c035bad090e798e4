from ftkit.diagnosis import diagnose
from ftkit.runfolder import History
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


def test_silent_where_a_rise_stands_out_from_the_noise():
    losses = [1.704, 1.0, 1.015, 1.004, 1.144, 1.288, 1.277, 1.585, 1.525, 1.832]
    made = History(eval=[(10 * i, loss) for i, loss in enumerate(losses)])
    made.train = [(10 * i, 1.7 * 0.7**i) for i in range(10)]
    assert passes("FT007", made)
    assert diagnose(made).verdict == "overfitting"
