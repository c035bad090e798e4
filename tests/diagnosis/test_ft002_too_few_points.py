from ftkit.diagnosis import diagnose
from ftkit.runfolder import History
from tests.diagnosis.made_up import found, healthy, history, passes, why_not


def test_found_with_four_evaluations():
    finding = found("FT002", history(healthy, evaluations=3))
    assert "4 evaluations" in finding.sentence
    assert "lucky" in finding.means
    assert "learning rate" not in finding.means


def test_a_run_that_goes_on_is_waited_for_where_its_plan_brings_enough_of_them():
    goes_on = found("FT002", history(healthy, evaluations=12, done=0.25))
    assert "ask again" in goes_on.try_
    assert "Evaluate more often" not in goes_on.try_
    # In its whole plan it is evaluated four times: that is too seldom.
    assert "Evaluate more often" in found("FT002", history(healthy, evaluations=3, done=0.7)).try_


def test_five_evaluations_are_enough():
    assert passes("FT002", history(healthy, evaluations=4))


def test_found_in_the_first_fifth_of_a_run():
    made = history(healthy, steps=120, evaluations=60, done=0.15)
    finding = found("FT002", made)
    assert "too early" in finding.sentence
    # Seven evaluations are no few ones: what it means has to fit the reason.
    assert "few" not in finding.means
    assert "ask again" in finding.try_
    assert passes("FT002", made, ended=True)


def test_found_where_a_training_took_four_steps():
    """From a run of the starter model: the warm-up and the schedule's end are all there is of it."""
    losses = [4.842, 4.842, 4.328, 3.979, 3.905]
    made = History(total_steps=4, epochs=0.08)
    made.eval = list(enumerate(losses))
    made.train = [(1, 5.06), (2, 5.21), (3, 4.21), (4, 4.04)]
    made.learning_rate = [(1, 0.0), (2, 1e-3), (3, 7.5e-4), (4, 2.5e-4)]
    finding = found("FT002", made)
    assert "4 steps" in finding.sentence
    assert "lucky" not in finding.means
    assert diagnose(made).verdict == "not-enough-evidence"


def test_a_few_epochs_that_somebody_counted_as_steps_are_no_few_steps():
    made = History.from_series(
        {"train": [[n, 3 / n] for n in range(1, 7)], "eval": [[n, 4 / n] for n in range(1, 7)]}
    )
    assert passes("FT002", made)
    made.learning_rate = [(n, 1e-3) for n in range(1, 7)]
    assert passes("FT002", made)


def test_not_applicable_without_evaluation():
    assert why_not("FT002", History())
