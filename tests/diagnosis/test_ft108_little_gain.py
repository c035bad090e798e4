from tests.diagnosis.made_up import barely_moved, found, healthy, history, passes, why_not


def test_found_where_the_loss_barely_moved():
    finding = found("FT108", history(barely_moved))
    assert finding.verdict == "underfitting"
    assert finding.evidence["gain"] < 0.07


def test_silent_on_a_healthy_run():
    assert passes("FT108", history(healthy))


def test_not_applicable_without_an_evaluation_of_the_base():
    made = history(healthy)
    made.eval = made.eval[1:]
    assert "base" in why_not("FT108", made)


def test_not_applicable_while_the_run_goes_on():
    assert "still going" in why_not("FT108", history(barely_moved, done=0.6))
