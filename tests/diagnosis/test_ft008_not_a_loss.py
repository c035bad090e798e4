from ftkit.diagnosis import diagnose
from ftkit.runfolder import History
from tests.diagnosis.made_up import found, healthy, history, passes, why_not


def test_found_where_log_probabilities_are_given_as_losses():
    made = history(healthy)
    made.eval = [(step, -loss) for step, loss in made.eval]
    made.evaluations = {}
    assert "The evaluation curve goes down to -" in found("FT008", made).sentence
    assert diagnose(made).verdict == "not-enough-evidence"


def test_silent_on_a_healthy_run():
    assert passes("FT008", history(healthy))


def test_not_applicable_without_any_loss():
    assert why_not("FT008", History())
