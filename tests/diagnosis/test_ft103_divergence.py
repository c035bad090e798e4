import pytest

from ftkit.diagnosis import diagnose, should_stop
from ftkit.runfolder import History
from tests.diagnosis.made_up import barely_moved, by_heart, found, healthy, history, overfit, passes, why_not


def runs_away(share: float) -> float:
    """Down, then up beyond where it started."""
    return healthy(share) + (6.0 * (share - 0.5) if share > 0.5 else 0.0)


def test_found_where_the_loss_ran_away():
    finding = found("FT103", history(runs_away))
    assert finding.verdict == "unstable"
    assert finding.evidence["end"] > 2 * finding.evidence["lowest"]


def test_names_a_step_at_which_the_loss_was_that_low():
    """Large losses, of a sum over many tokens; lowest from step 550 to 800."""
    losses = [
        9000.0,
        8000.0,
        *[7000.0] * 8,
        *[2100.0, 2200.0, 2150.0, 2050.0, 2180.0, 2120.0],
        *[8500.0] * 24,
    ]
    made = History.from_series({"train": [[50 * n, loss] for n, loss in enumerate(losses, 1)]})
    finding = found("FT103", made)
    assert 550 <= finding.evidence["lowest_step"] <= 800
    assert (
        f"down to 2135 around step {finding.evidence['lowest_step']} and ended at 8500." in finding.sentence
    )


def test_found_where_both_curves_turned_up():
    finding = found("FT103", history(overfit, overfit))
    assert "with it" in finding.sentence


@pytest.mark.parametrize("epochs", [5, 6, 7])
@pytest.mark.parametrize("start", [[], [2.0, 1.4]])
def test_found_where_both_rose_though_each_was_logged_once_an_epoch(epochs, start):
    losses = [*start, 1.0, 1.4, 1.8, 2.2, 2.6, 3.0, 3.4][:epochs]
    series = {"train": list(enumerate(losses, 1)), "eval": list(enumerate(losses, 1))}
    assert "with it" in found("FT103", History.from_series(series)).sentence
    told = diagnose(series)
    assert told.verdict == "unstable"
    assert not should_stop(series)[0]


def test_few_training_losses_that_fell_or_are_too_few_say_nothing():
    held_out = list(enumerate([2.0, 1.4, 1.0, 1.4, 1.8, 2.2], 1))
    falls = list(enumerate([2.0, 1.4, 1.0, 0.8, 0.6, 0.5], 1))
    assert why_not("FT103", History.from_series({"train": falls, "eval": held_out}))
    assert why_not("FT103", History.from_series({"train": held_out[:1] + held_out[-2:], "eval": held_out}))
    assert why_not("FT103", History.from_series({"train": held_out[:4], "eval": held_out[:4]}))


def test_silent_on_healthy_overfit_and_flat_runs():
    for seed in range(10):
        assert passes("FT103", history(healthy, seed=seed))
        assert passes("FT103", history(overfit, by_heart, seed=seed))
        assert passes("FT103", history(barely_moved, seed=seed, batch_noise=0.15))


def test_not_applicable_with_seven_points():
    made = history(healthy)
    made.train = made.train[:7]
    assert why_not("FT103", made)
