from ftkit.runfolder import History
from tests.diagnosis.made_up import barely_moved, found, history, passes, why_not


def test_found_where_every_evaluation_is_the_same():
    made = History(
        train=[(i, 2.0 + 0.1 * (i % 3)) for i in range(1, 9)], eval=[(i, 2.5) for i in range(0, 9, 2)]
    )
    assert found("FT106", made).verdict == "underfitting"


def test_silent_where_it_moved_a_little():
    assert passes("FT106", history(barely_moved))


def test_an_empty_label_mask_is_another_matter():
    made = History(train=[(1, 0.0), (2, 0.0)], eval=[(0, 0.0), (2, 0.0)])
    assert "FT107" in why_not("FT106", made)


def test_not_applicable_with_one_evaluation():
    assert why_not("FT106", History(eval=[(0, 2.0)]))
