from ftkit.runfolder import History
from tests.diagnosis.made_up import found, healthy, history, passes, why_not


def test_found_where_the_training_loss_is_zero_throughout():
    made = History(train=[(step, 0.0) for step in range(1, 9)], eval=[(0, 0.0), (8, 0.0)])
    assert found("FT107", made).verdict == "not-enough-evidence"


def test_silent_on_a_healthy_run():
    assert passes("FT107", history(healthy))


def test_silent_where_the_loss_came_down_to_zero():
    assert passes("FT107", History(train=[(1, 2.0), (2, 0.5), (3, 0.0)]))


def test_not_applicable_with_one_point():
    assert why_not("FT107", History(train=[(1, 0.0)]))


def test_found_where_no_held_out_token_counts():
    made = history(healthy)
    made.evaluations = {step: dict.fromkeys(rows, (0.0, 0)) for step, rows in made.evaluations.items()}
    assert found("FT107", made).verdict == "not-enough-evidence"
