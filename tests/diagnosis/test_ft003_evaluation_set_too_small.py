from tests.diagnosis.made_up import barely_moved, found, healthy, history, passes, why_not


def test_found_with_four_rows():
    assert "Only 4 rows" in found("FT003", history(healthy, rows=4)).sentence


def test_found_where_the_rows_disagree_about_the_gain():
    made = history(lambda share: 3.0 - 0.1 * share, rows=8, row_wander=0.4, seed=1)
    finding = found("FT003", made)
    low, high = finding.evidence["gain_interval"]
    assert low <= 0 < high
    assert "(95 of 100 times), so none at all or a real one" in finding.sentence
    assert finding.verdict == "not-enough-evidence"


def test_silent_where_thirty_rows_agree():
    assert passes("FT003", history(healthy))


def test_silent_where_little_gain_is_certain():
    assert passes("FT003", history(barely_moved, rows=200, row_wander=0.02))


def test_not_applicable_without_losses_per_row():
    assert "not recorded" in why_not("FT003", history(healthy, per_row=False))


def test_not_applicable_where_only_losses_of_rows_are_left():
    made = history(healthy)
    made.eval = []
    assert "no evaluation" in why_not("FT003", made)
