import math

from ftkit.diagnosis import diagnose
from ftkit.runfolder import History
from tests.diagnosis.made_up import by_heart, found, healthy, history, overfit, passes, why_not


def with_spikes(*places: int, **more):
    made = history(healthy, **more)
    for place in places:
        step, loss = made.train[place]
        made.train[place] = (step, loss * 4)
    return made


def test_one_spike_is_a_tip():
    finding = found("FT104", with_spikes(20))
    assert (finding.severity, finding.verdict) == ("tip", None)


def test_many_spikes_are_unstable():
    finding = found("FT104", with_spikes(12, 20, 28, 35, shaking=0.1))
    assert (finding.severity, finding.verdict) == ("issue", "unstable")
    assert finding.evidence["count"] == 4


def test_many_spikes_while_the_evaluation_loss_goes_its_way_are_a_tip():
    finding = found("FT104", with_spikes(12, 20, 28, 35))
    assert (finding.severity, finding.verdict) == ("tip", None)


def test_silent_on_ordinary_batch_noise():
    for seed in range(10):
        assert passes("FT104", history(healthy, seed=seed, batch_noise=0.15))


def test_not_applicable_with_nine_points():
    made = history(healthy)
    made.train = made.train[:9]
    assert why_not("FT104", made)


def test_many_times_next_to_nothing_is_no_spike():
    made = with_spikes(12, 20, 28, 35)
    first = made.train[0][1]
    # All but the first learnt by heart: the same shape, a hundred times smaller.
    made.train = [(step, loss if step == made.train[0][0] else loss / 100) for step, loss in made.train]
    made.train[0] = (made.train[0][0], first)
    assert passes("FT104", made)


def test_spikes_on_the_way_to_knowing_the_rows_by_heart_do_not_make_a_run_unstable():
    made = history(overfit, by_heart)
    for place in (12, 20, 28, 35):
        step, loss = made.train[place]
        made.train[place] = (step, loss * 4)
    assert found("FT104", made).verdict is None
    assert diagnose(made, ended=True).verdict == "overfitting"


def solved(evaluations):
    """A task that is solved early: a training loss near zero, in which single hard batches stand out."""
    train = [(10 * n, 0.4 * math.exp(-n / 2) + 0.001 + 0.0005 * (n % 3)) for n in range(1, 61)]
    train = [(step, 0.06 if step in (150, 190, 260, 340, 410, 450) else loss) for step, loss in train]
    made = History.from_series({"train": train, "eval": evaluations})
    made.ended = True
    return made


def test_spikes_in_a_solved_task_are_a_tip():
    """An evaluation that rose by a quarter of next to nothing: a fiftieth of what was gained."""
    made = solved([(100, 0.52), (200, 0.081), (300, 0.07), (400, 0.052), (500, 0.041), (600, 0.05)])
    assert found("FT104", made).verdict is None
    assert diagnose(made).verdict == "healthy"


def test_spikes_with_evaluations_that_were_thrown_about_are_unstable():
    made = solved([(100, 0.52), (200, 0.081), (300, 0.2), (400, 0.052), (500, 0.19), (600, 0.05)])
    assert found("FT104", made).verdict == "unstable"


def test_small_rises_that_add_up_are_no_calm():
    rises = [0.5, 0.3, 0.1, *(0.1 + 0.011 * n for n in range(1, 4))]
    made = solved([(100 * n, loss) for n, loss in enumerate(rises, 1)])
    assert found("FT104", made).verdict == "unstable"
