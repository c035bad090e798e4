import pytest

from ftkit.diagnosis import Reading, diagnose
from ftkit.diagnosis.source import read_source
from ftkit.runfolder import History
from tests.diagnosis.made_up import by_heart, found, healthy, history, overfit, passes, why_not


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("per_row", [True, False])
def test_found_where_the_evaluation_loss_turned_up(seed, per_row):
    finding = found("FT101", history(overfit, by_heart, seed=seed, per_row=per_row))
    assert finding.verdict == "overfitting"
    assert 20 <= finding.evidence["best_step"] <= 40
    assert finding.evidence["rise"] > 0.1
    assert (finding.evidence["rise_interval"] is not None) is per_row
    # In words that need no statistics: nobody is told of a 95 % interval who may not know what that is.
    assert ("with other held-out rows the rise would lie between" in finding.sentence) is per_row
    assert "interval" not in finding.sentence


def test_found_with_six_evaluations():
    assert found("FT101", history(overfit, by_heart, evaluations=5))


def test_found_with_a_thousand_evaluations():
    assert found("FT101", history(overfit, by_heart, evaluations=1000, steps=20_000))


def test_a_gap_alone_is_not_it():
    assert passes("FT101", history(healthy, by_heart))


def test_false_alarms_on_shaking_healthy_runs_are_rare():
    alarms = sum(not passes("FT101", history(healthy, seed=seed, shaking=0.02)) for seed in range(60))
    assert alarms <= 4


def test_a_rise_below_one_percent_is_not_worth_a_word():
    made = history(lambda share: 2.0 - min(share, 0.5) + 0.3 * max(0.0, share - 0.5), by_heart, rows=500)
    assert found("FT101", made)
    made = history(lambda share: 2.0 - min(share, 0.5) + 0.01 * max(0.0, share - 0.5), by_heart, rows=500)
    assert passes("FT101", made)


def test_silent_where_both_losses_rise():
    assert passes("FT101", history(overfit, overfit))


def test_silent_where_a_single_evaluation_stands_out():
    made = history(healthy)
    step, loss = made.eval[-1]
    made.eval[-1] = (step, loss * 1.3)
    made.evaluations = {}
    assert passes("FT101", made)


def test_not_applicable_with_three_evaluations():
    assert why_not("FT101", history(healthy, evaluations=2))


@pytest.mark.parametrize(
    "losses",
    [
        [3.146, 1.0, 1.003, 1.128, 1.163, 1.201, 1.178, 1.192],
        [2.567, 1.356, 1.081, 1.017, 1.011, 1.0, 1.109, 1.262],
    ],
)
def test_a_plain_rise_in_a_short_curve_is_seen_although_its_steep_start_hides_its_noise(losses):
    made = history(healthy, by_heart)
    made.eval, made.evaluations = [(10 * i, loss) for i, loss in enumerate(losses)], {}
    assert found("FT101", made)


def measured(made, course):
    """The history with a slice of the training rows, evaluated at every second evaluation."""
    for step, _ in made.eval[::2]:
        loss = course(step / made.total_steps)
        made.train_slice.append((step, loss))
        made.train_slice_evaluations[step] = {f"t{i}": ((loss + 0.02 * i) * 20, 20) for i in range(16)}
    return made


def test_training_rows_evaluated_in_the_same_mode_are_asked_before_the_running_loss():
    # Strong dropout: the running loss rises with the evaluation loss although the rows themselves are learnt by heart.
    misleading = history(overfit, overfit)
    assert passes("FT101", misleading)
    evidence = found("FT101", measured(misleading, by_heart)).evidence
    assert evidence["train_loss_is"] == "fixed slice, evaluated"
    assert evidence["train_loss_at_end"] < evidence["train_loss_at_best"] < 1.0
    assert found("FT101", history(overfit, by_heart)).evidence["train_loss_is"] == "running training loss"


def test_where_the_training_rows_themselves_got_worse_it_is_no_learning_by_heart():
    made = measured(history(overfit, by_heart), overfit)
    assert passes("FT101", made)
    assert "training rows" in found("FT103", made).sentence


def test_a_slice_that_was_only_measured_at_both_ends_says_nothing_about_the_best_step():
    made = measured(history(overfit, by_heart), by_heart)
    made.train_slice = [made.train_slice[0], made.train_slice[-1]]
    assert found("FT101", made).evidence["train_loss_is"] == "running training loss"


def mildly(share: float) -> float:
    """Down until a third of the run, then up by a tenth."""
    return healthy(share) + 0.45 * max(0.0, share - 0.35) ** 1.5


def one_row_in_two(**more) -> History:
    """Few rows, of which some get much worse and others better, as they do where rows are learnt by heart."""
    return history(mildly, rows=16, row_wander=0.35, seed=9, **more)


def test_a_clear_course_and_rows_that_nearly_agree_are_enough_where_training_fell_on():
    made = one_row_in_two(train_course=by_heart)
    rise = Reading(made).rise
    assert rise.chance > 0.05 > 2 * rise.together
    assert found("FT101", made)


def test_they_are_not_enough_where_training_did_not_fall_on():
    assert passes("FT101", one_row_in_two(train_course=lambda share: healthy(min(share, 0.35))))


@pytest.mark.parametrize(("shaking", "wander", "most"), [(0.01, 0.06, 4), (0.05, 0.15, 27)])
def test_where_training_rows_are_far_ahead_a_calm_curve_gives_no_false_alarm_and_a_wild_one_is_doubted(
    shaking, wander, most
):
    """On real runs a rise is then what it seems to be (the tuning part has no healthy one); a flat curve that shakes may look the same."""
    made = [history(healthy, by_heart, seed=seed, shaking=shaking, row_wander=wander) for seed in range(60)]
    alarms = [diagnose(one) for one in made if not passes("FT101", one)]
    assert len(alarms) <= most
    told = [alarm for alarm in alarms if "By itself that could be chance" in alarm.sentence]
    assert len(told) >= len(alarms) - 4


def test_a_rise_that_went_back_is_none_however_far_ahead_the_training_rows_are():
    def back(share):
        return healthy(share) + 0.06 * (0.5 < share < 0.9)

    assert passes("FT101", history(back, by_heart, rows=8, row_wander=0.15))


def in_doubt(**more) -> History:
    """Twelve rows that disagree: by themselves they leave a chance of one in four."""
    return history(mildly, rows=12, row_wander=0.5, seed=3, **more)


def test_training_that_fell_by_far_leaves_little_doubt_about_a_rise():
    made = in_doubt(train_course=by_heart)
    assert 0.05 < Reading(made).rise_by_chance < 0.4
    assert found("FT101", made)


def test_the_same_rise_is_in_doubt_while_the_run_goes_on_or_without_the_fall():
    assert passes("FT101", in_doubt(train_course=lambda share: healthy(min(share, 0.35))))
    going_on = in_doubt(train_course=by_heart)
    going_on.total_steps = 90
    assert passes("FT101", going_on)


def eight_rows(train_course) -> History:
    """So few held-out rows, and so different, that by themselves they say nothing."""
    return history(mildly, train_course, rows=8, row_wander=1.0, seed=2)


def test_where_the_training_rows_are_far_ahead_few_rows_are_believed():
    made = Reading(eight_rows(by_heart))
    assert made.rise.chance > 0.5
    assert made.ahead > 0.3 * made.gain
    finding = found("FT101", made.history)
    assert finding.strength == 0.7
    assert "By itself that could be chance" in finding.sentence


def test_the_same_rows_are_not_believed_where_they_are_not_ahead():
    made = Reading(eight_rows(lambda share: mildly(share) * (1 - 0.3 * share)))
    assert made.ahead < 0.3 * made.gain
    assert passes("FT101", made.history)


def turning_up(shaking: float) -> History:
    """Eight rows that disagree about a rise of a fifteenth, while half of the loss on the training rows goes."""
    return history(
        lambda share: healthy(share) + 0.2 * max(0.0, share - 0.35) ** 1.5,
        lambda share: healthy(min(share, 0.35)) * (1 - 0.55 * max(0.0, share - 0.35) / 0.65),
        rows=8,
        row_wander=0.2,
        seed=2,
        shaking=shaking,
    )


def test_a_calm_curve_that_turns_up_while_the_training_rows_go_on_is_believed_and_a_shaking_one_is_not():
    calm, shaking = turning_up(0.0), turning_up(0.1)
    assert Reading(calm).rise.chance > 0.5
    assert Reading(calm).ahead < 0.3 * Reading(calm).gain
    assert "By itself that could be chance" in found("FT101", calm).sentence
    assert passes("FT101", shaking)
    calm.total_steps = 90
    assert passes("FT101", calm)


def others(evaluations, falls=0.8):
    """Curves as other people's logs have them: no losses of single rows."""
    count = len(evaluations)
    train = [[step, 2.0 * (1 - falls) ** (step / (count - 1))] for step in range(count)]
    return {"train": train, "eval": [[step, loss] for step, loss in enumerate(evaluations)]}


CLIMBS = [1.5, 1.3, 1.05, 1.0, 1.08, 0.99, 1.12, 1.06, 1.17, 1.1, 1.22, 1.16, 1.27, 1.2, 1.32, 1.25]
"""It shakes by as much as it climbs, and climbs all the same."""


def test_a_climb_that_shakes_is_believed_where_the_training_loss_falls_on_meanwhile():
    said = diagnose(others(CLIMBS))
    assert said.verdict == "overfitting"
    assert "climbed on and on while the loss on the training rows fell by" in said.sentence
    assert said.confidence == 0.7
    assert diagnose(others(CLIMBS, falls=0.1)).verdict != "overfitting"
    assert diagnose(others(CLIMBS), ended=False).verdict != "overfitting"


def test_a_plateau_that_shakes_as_much_is_not():
    flat = [1.5, 1.3, 1.05, 1.0, 1.1, 0.99, 1.2, 1.1, 1.06, 1.2, 1.01, 1.15, 1.2, 1.05, 1.18, 1.1]
    assert diagnose(others(flat)).verdict != "overfitting"


STAYS_UP = [1.2, 1.05, 1.0, 1.07, 1.08, 1.05, 1.08, 1.06, 1.08, 1.07]
"""It rose at once, and stays there: by itself that might be chance, and no order speaks against it."""


def test_a_rise_that_stays_is_believed_where_the_training_loss_falls_on_meanwhile():
    said = diagnose(others(STAYS_UP))
    assert said.verdict == "overfitting"
    assert (
        "By itself that could be chance, but it rose while the loss on the training rows fell by"
        in said.sentence
    )
    assert said.confidence == 0.7
    assert diagnose(others(STAYS_UP, falls=0.2)).verdict == "healthy"
    assert diagnose(others(STAYS_UP), ended=False).verdict != "overfitting"


def test_a_curve_that_shakes_by_a_tenth_has_to_rise_by_half_for_that():
    shaking = [1.32, 1.18, 0.96, 1.24, 1.21, 1.11, 1.09, 1.22, 1.17, 1.2]
    assert Reading(read_source(others(shaking))[0], ended=True).rise.chance < 0.2
    assert diagnose(others(shaking)).verdict != "overfitting"


APART = [1.5, 1.2, 1.0, 1.35, 1.22, 1.5, 1.25, 1.45, 1.3]
"""It shakes by a sixth, and by its size alone nothing could be said; but none comes near the third one again."""


def test_a_best_evaluation_that_lies_apart_is_believed_where_the_training_rows_are_nearly_known():
    said = diagnose(others(APART, falls=0.95))
    assert said.verdict == "overfitting"
    assert (
        "no later evaluation came near the best one while the loss on the training rows fell by"
        in said.sentence
    )
    assert diagnose(others(APART, falls=0.75)).verdict != "overfitting"  # two fifths of the loss are left
    assert diagnose(others(APART, falls=0.95), ended=False).verdict != "overfitting"
    near = [*APART[:-1], 1.1]
    assert diagnose(others(near, falls=0.95)).verdict != "overfitting"
    down_again = [1.5, 1.2, 1.0, 1.9, 1.4, 1.6, 1.3, 1.35, 1.22]
    assert diagnose(others(down_again, falls=0.95)).verdict != "overfitting"


def test_a_small_climb_that_never_turns_is_no_noise():
    """A large constant part of the loss (a penalty on the weights) makes every rise small in comparison."""
    down_and_up = [5.7 - 0.015 * step for step in range(11)] + [5.55 + 0.014 * step for step in range(1, 10)]
    assert diagnose(others(down_and_up, falls=0.2)).verdict == "overfitting"


def test_a_small_rise_of_a_smooth_valley_is_no_noise_and_of_a_rough_one_may_be():
    smooth = [1.08, 1.05, 1.03, 1.015, 1.005, 1.0, 1.006, 1.012, 1.02, 1.028]
    assert diagnose(others(smooth, falls=0.1)).verdict == "overfitting"
    rough = [1.08, 1.03, 1.05, 1.005, 1.015, 1.0, 1.006, 1.012, 1.02, 1.028]
    assert diagnose(others(rough, falls=0.1)).verdict != "overfitting"
    assert diagnose(others(smooth, falls=0.1), ended=False).verdict != "overfitting"


@pytest.mark.parametrize("down", [lambda loss: 0.0, lambda loss: loss - 5.0])
def test_a_training_loss_that_is_nothing_or_less_fell_by_no_share(down):
    made = others(CLIMBS)
    made["train"] = [[step, down(loss)] for step, loss in made["train"]]
    assert "fell by" not in diagnose(made).sentence


def test_no_noise_hides_what_is_believed():
    wild = [0.5 if value < 1 else value**8 for value in CLIMBS]
    assert diagnose(others(wild)).verdict == "overfitting"
