from ftkit.runfolder import History
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


def test_silent_where_a_fifth_of_the_gain_came_late_though_it_is_within_a_hundredth_of_the_loss():
    course = {0: 5.951, 3: 5.843, 6: 5.735, 9: 5.692, 12: 5.685}
    assert passes("FT201", History(eval=list(course.items()), total_steps=12))
