from ftkit.runfolder import History
from tests.diagnosis.made_up import found, healthy, history, passes


def test_found_where_nothing_was_evaluated():
    assert found("FT001", History(train=[(1, 2.0), (2, 1.5)])).verdict == "not-enough-evidence"


def test_found_where_no_evaluation_is_a_number():
    made = History(train=[(1, 2.0)], eval=[(1, float("nan"))])
    assert found("FT001", made).sentence == "The only evaluation loss is no number."


def test_silent_with_evaluations():
    assert passes("FT001", history(healthy))
