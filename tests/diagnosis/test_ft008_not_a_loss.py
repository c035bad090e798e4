from ftkit.diagnosis import diagnose, should_stop
from ftkit.runfolder import History
from tests.diagnosis.made_up import found, healthy, history, passes, why_not


def test_found_where_log_probabilities_are_given_as_losses():
    made = history(healthy)
    made.eval = [(step, -loss) for step, loss in made.eval]
    made.evaluations = {}
    assert "The evaluation curve goes down to -" in found("FT008", made).sentence
    assert diagnose(made).verdict == "not-enough-evidence"


def test_log_probabilities_that_get_better_are_neither_called_worse_nor_stopped():
    rising = [[step, -3 + step / 20] for step in range(1, 41)]
    for train in (rising, rising[::20], [[step, 2 - step / 25] for step in range(1, 41)]):
        made = {"train": train, "eval": rising}
        said = diagnose(made)
        assert said.verdict == "not-enough-evidence"
        assert {finding.code for finding in said.findings} <= {"FT008", "FT012"}
        assert "broken" not in said.sentence
        assert not said.remedies
        stop, reason = should_stop(made)
        assert not stop
        assert "no losses" in reason


def test_silent_on_a_healthy_run():
    assert passes("FT008", history(healthy))


def test_not_applicable_without_any_loss():
    assert why_not("FT008", History())
