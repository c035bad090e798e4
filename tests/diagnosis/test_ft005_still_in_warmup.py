from ftkit.diagnosis import diagnose
from tests.diagnosis.made_up import barely_moved, found, healthy, history, passes, still_falling, why_not


def test_found_where_the_warmup_outlasts_the_run():
    made = history(still_falling)
    made.warmup_steps = 100
    finding = found("FT005", made)
    assert finding.evidence == {"last_step": 60, "warmup_steps": 100}


def test_found_from_rising_rates_where_the_warmup_is_not_known():
    made = history(still_falling)
    made.warmup_steps = None
    made.learning_rate = [(step, step * 1e-6) for step, _ in made.learning_rate]
    assert "still rising" in found("FT005", made).sentence


def rising(course, **more):
    """A run of which the learning rate rose to the last step."""
    made = history(course, **more)
    made.warmup_steps = None
    made.learning_rate = [(step, step * 1e-6) for step, _ in made.learning_rate]
    return made


def test_no_lack_of_evidence_where_the_run_is_over_and_most_of_the_loss_is_gone():
    finding = found("FT005", rising(healthy))
    assert (finding.severity, finding.verdict) == ("tip", None)
    assert "hardly been trained" not in finding.means
    assert diagnose(rising(healthy)).verdict in ("healthy", "underfitting")
    made = history(healthy)
    made.warmup_steps = 100
    assert found("FT005", made).verdict is None
    made.eval = []
    assert found("FT005", made).verdict is None


def test_lacks_evidence_where_the_run_was_stopped_goes_on_or_hardly_moved_the_loss():
    stopped = rising(healthy)
    stopped.total_steps = 120
    assert found("FT005", stopped, ended=True).verdict == "not-enough-evidence"
    assert diagnose(rising(barely_moved)).verdict == "not-enough-evidence"
    assert found("FT005", rising(healthy, done=0.5)).verdict == "not-enough-evidence"


def test_silent_after_the_warmup():
    assert passes("FT005", history(healthy))


def test_not_applicable_where_nothing_is_known():
    made = history(healthy)
    made.warmup_steps, made.learning_rate = None, []
    assert why_not("FT005", made)
