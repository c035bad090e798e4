from tests.diagnosis.made_up import barely_moved, found, history, passes, still_falling, why_not


def test_found_where_most_of_the_run_brought_nothing():
    finding = found("FT201", history(lambda share: 1.0 + 2.0 * 0.5 ** (share * 40), row_wander=0.0))
    assert (finding.severity, finding.verdict) == ("tip", None)
    assert finding.evidence["share_after"] > 0.5


def test_silent_where_the_loss_came_down_all_along():
    assert passes("FT201", history(still_falling))


def test_silent_where_there_was_nothing_to_arrive_at():
    assert passes("FT201", history(barely_moved))


def test_not_applicable_while_the_run_goes_on():
    assert why_not("FT201", history(still_falling, done=0.5))
