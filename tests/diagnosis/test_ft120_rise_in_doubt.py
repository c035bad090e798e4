import math

import pytest

from ftkit.diagnosis import Reading, diagnose
from tests.diagnosis.made_up import by_heart, found, healthy, history, logging, overfit, passes, why_not
from tests.diagnosis.test_diagnosis_verdict import RECIPE


def slightly_up(share):
    """Down, flat, and up by 4 % at the end."""
    return 1.2 + 2 * math.exp(-14 * share) + 0.1 * max(0.0, share - 0.5)


def level(share):
    """The training loss comes down and stays: nothing is learned by heart."""
    return slightly_up(min(share, 0.5))


def shaking(**more):
    return history(slightly_up, level, rows=8, shaking=0.03, seed=3, **more)


def test_a_rise_that_may_be_chance_is_told_and_not_called_overfitting():
    made = shaking()
    finding = found("FT120", made)
    assert (finding.severity, finding.verdict) == ("tip", None)
    assert 0.02 <= finding.evidence["share_of_loss"] <= 0.1
    said = diagnose(made, RECIPE)
    assert said.verdict == "healthy"
    assert "did not turn up" not in said.sentence
    assert f"{100 * finding.evidence['share_of_loss']:.0f} % above" in said.sentence
    assert said.clearness == "fairly clear"


def test_after_it_less_is_tried_not_more():
    first, *others = diagnose(shaking(), RECIPE).remedies
    assert first.field == "training.num_train_epochs"
    assert first.to < first.from_
    assert all(remedy.optional for remedy in (first, *others))


def test_silent_where_nothing_rose_where_it_is_overfitting_and_where_next_to_nothing_is_lost():
    assert passes("FT120", history(healthy))
    assert passes("FT120", history(overfit, by_heart))
    # From 2.1 down to 0.06, and then up by a twentieth of that.
    quiet = {"row_spread": 0.0, "row_wander": 0.0, "evaluations": 20}
    little = history(lambda share: 0.06 + 2 * math.exp(-30 * share) + 0.004 * share, by_heart, **quiet)
    assert little.eval[-1][1] > 1.02 * min(loss for _, loss in little.eval)
    assert passes("FT120", little)


def test_a_curve_that_shakes_on_its_way_down_is_still_falling_and_nothing_else():
    made = history(lambda share: 2.0 - 1.2 * share, rows=8, shaking=0.06, seed=19)
    assert made.eval[-1][1] > 1.02 * min(loss for _, loss in made.eval)
    assert found("FT109", made)
    assert passes("FT120", made)


def test_while_a_run_goes_on_the_verdict_says_so_too():
    made = shaking(done=0.95)
    said = diagnose(made, RECIPE, ended=False)
    assert said.verdict == "healthy"
    assert "has not turned up" not in said.sentence


def test_not_applicable_with_too_few_evaluations():
    assert why_not("FT120", history(healthy, evaluations=2))


def test_where_the_training_loss_rose_as_well_it_is_no_overfitting_that_may_begin():
    def up(share):
        return slightly_up(share) + 0.4 * max(0.0, share - 0.5)

    said = diagnose(history(slightly_up, up, rows=8, shaking=0.03, seed=3, batch_noise=0.01), RECIPE)
    assert "goes astray" in said.sentence or said.verdict == "unstable"


def test_what_the_trainer_keeps_by_another_measure_is_left_to_that():
    made = logging(shaking(), eval_accuracy=lambda share: share)
    assert found("FT120", made)


def test_silent_on_a_long_curve_that_shakes_and_is_lowest_at_its_end():
    for seed in range(20):
        made = history(
            lambda share: 1 + math.exp(-4 * share),
            per_row=False,
            shaking=0.1,
            seed=seed,
            steps=400,
            evaluations=200,
        )
        assert passes("FT120", made) or Reading(made).rise is not None


def test_a_rise_of_both_losses_beyond_chance_is_no_matter_of_doubt():
    """It is a training that ran away."""
    made = history(lambda share: 3.0 + 6 * share, evaluations=12)
    assert found("FT103", made)
    assert passes("FT120", made)


@pytest.mark.parametrize("evaluations", [5, 6, 7, 12])
@pytest.mark.parametrize("last", [1.6, 3.0, 50.0])
def test_of_few_evaluations_the_last_one_is_not_taken_for_what_the_curve_shakes_by(evaluations, last):
    held_out = [1 + math.exp(-step) for step in range(evaluations - 1)] + [last]
    train = [2 * 0.8**step for step in range(evaluations)]
    said = diagnose({"train": list(enumerate(train, 1)), "eval": list(enumerate(held_out, 1))})
    assert said.verdict == "not-enough-evidence"
    assert "One evaluation is not enough" in said.sentence


def test_what_chance_does_seldom_it_does_all_the_same():
    """While a run goes on that is asked about sixty times, so little a chance still leaves a doubt."""

    def up(share):
        return 1.7 + 2 * math.exp(-16 * share) + 0.2 * max(0.0, share - 0.4)

    made = history(up, by_heart, evaluations=60, rows=8, shaking=0.03, seed=28)
    finding = found("FT120", made, ended=False, looks=60)
    assert 0 < finding.evidence["chance"] < 0.005
    assert finding.sentence.endswith("Chance alone does as much in less than 1 of 100 runs.")
