from ftkit.runfolder import History
from tests.diagnosis.made_up import found, healthy, history, passes, why_not


def test_found_with_four_evaluations():
    assert "4 evaluations" in found("FT002", history(healthy, evaluations=3)).sentence


def test_five_evaluations_are_enough():
    assert passes("FT002", history(healthy, evaluations=4))


def test_found_in_the_first_fifth_of_a_run():
    made = history(healthy, evaluations=60, done=0.15)
    assert "too early" in found("FT002", made).sentence
    assert passes("FT002", made, ended=True)


def test_found_where_the_training_loss_was_hardly_logged():
    made = history(healthy)
    made.train = made.train[:3]
    assert "logged 3 times" in found("FT002", made).sentence


def test_not_applicable_without_evaluation():
    assert why_not("FT002", History())
