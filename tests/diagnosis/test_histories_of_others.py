"""Histories that somebody wrote down elsewhere: few numbers, odd numbers, very many of them."""

import math

import numpy as np
import pytest

from ftkit.diagnosis import diagnose, should_stop

FALLING = [[10 * i, 2 * math.exp(-0.05 * i)] for i in range(1, 101)]


def every(hundred, losses):
    return [[hundred * i, loss] for i, loss in enumerate(losses, 1)]


def clear_fall():
    return every(100, [0.6 + 1.2 * math.exp(-0.8 * i) for i in range(10)])


@pytest.mark.parametrize("losses", [[2.0, 1.0, 0.8, 1.0, 1.3], [2.0, 1.3, 1.0, 0.9, 1.1, 1.35]])
def test_a_plain_u_of_five_or_six_evaluations_is_overfitting(losses):
    found = diagnose({"train": FALLING, "eval": every(100, losses)})
    assert found.verdict == "overfitting"
    assert found.best_step == 100 * (1 + int(np.argmin(losses)))


@pytest.mark.parametrize("losses", [[2.0, 1.0, 0.8, 0.9, 0.85], [2.0, 1.2, 1.0, 1.01, 1.02, 1.03]])
def test_few_evaluations_that_rise_a_little_or_go_up_and_down_are_not(losses):
    assert diagnose({"train": FALLING, "eval": every(100, losses)}).verdict != "overfitting"


def test_one_evaluation_far_above_the_best_at_the_very_end_is_no_reason_to_call_a_run_healthy():
    losses = [2, 1.5, 1.2, 1.1, 1.05, 1.02, 1, 1, 0.99, 2.9]
    found = diagnose({"train": FALLING, "eval": every(100, losses)})
    assert found.verdict == "not-enough-evidence"
    assert "193 %" in found.sentence
    assert "One evaluation" in found.sentence


@pytest.mark.parametrize("level", [0.0, 1e-300])
def test_losses_of_nothing_are_judged_without_an_error(level):
    nothing = [[i, level] for i in range(1, 11)]
    assert diagnose({"train": nothing, "eval": nothing}).verdict
    assert should_stop({"train": nothing, "eval": nothing})[0] is False
    assert diagnose({"train": FALLING, "eval": every(100, [0.1, *[level] * 7])}).verdict


@pytest.mark.parametrize("evaluations", [10, 20])
def test_a_model_that_learned_nothing_is_not_healthy_though_its_base_was_not_measured(evaluations):
    noise = np.random.default_rng(3)
    flat = every(100, [float(0.693 + noise.normal(0, 0.0003)) for _ in range(evaluations)])
    train = [[10 * i, float(0.693 + noise.normal(0, 0.01))] for i in range(1, 10 * evaluations + 1)]
    found = diagnose({"train": train, "eval": flat})
    assert found.verdict == "underfitting"
    assert "nothing was learned" in found.sentence


def test_a_flat_curve_after_training_has_fallen_is_healthy():
    """All was learned before the first evaluation."""
    flat = every(100, [0.5, 0.4995, 0.5003, 0.4999, 0.5001, 0.4998, 0.5002, 0.5])
    train = [[10 * i, 0.48 + 1.5 * math.exp(-i)] for i in range(1, 81)]
    assert diagnose({"train": train, "eval": flat}).verdict == "healthy"


def test_a_share_of_what_was_gained_is_never_more_than_all_of_it():
    noise = np.random.default_rng(0)
    for seed in range(20):
        noise = np.random.default_rng(seed)
        losses = [float(0.7 + noise.normal(0, 0.004)) for _ in range(20)]
        sentence = diagnose({"train": FALLING, "eval": every(100, losses)}).sentence
        told = [
            float(word)
            for word, unit in zip(sentence.split(), sentence.split()[1:], strict=False)
            if unit == "%"
        ]
        assert all(share <= 100 for share in told), sentence


@pytest.mark.parametrize("where", ["train", "eval", "padding"])
def test_one_loss_that_is_no_number_among_good_ones_ends_nothing(where):
    train, held_out = list(FALLING), clear_fall()
    if where == "train":
        train = [[1, math.nan], *train]
    elif where == "eval":
        held_out[3] = [400, math.nan]
    else:
        held_out = [[50, math.nan], *held_out]
    found = diagnose({"train": train, "eval": held_out})
    assert found.verdict != "unstable"
    assert "FT102" in {finding.code for finding in found.findings}
    assert should_stop({"train": train, "eval": held_out})[0] is False


def test_a_loss_that_is_no_number_from_then_on_is_unstable():
    held_out = clear_fall()
    held_out[-1] = [1000, math.inf]
    assert diagnose({"train": FALLING, "eval": held_out}).verdict == "unstable"
    assert should_stop(
        {"train": [*FALLING[:50], *([10 * i, math.nan] for i in range(51, 101))], "eval": held_out[:5]}
    )[0]


def test_odd_examples_in_the_log_of_a_run_whose_evaluation_is_calm_make_it_not_unstable():
    random = np.random.default_rng(6)
    for _ in range(10):
        odd = np.where(random.random(300) < 0.06, 3, 1) * np.exp(random.normal(0, 0.05, 300))
        train = [[i + 1, float((0.8 + 1.5 * math.exp(-8 * i / 300)) * odd[i])] for i in range(300)]
        held_out = [[30 * i, 0.9 + 1.5 * math.exp(-0.8 * i)] for i in range(1, 11)]
        found = diagnose({"train": train, "eval": held_out})
        assert found.verdict != "unstable"
        assert "FT104" in {finding.code for finding in found.findings}


def test_a_rate_is_not_held_against_those_of_a_technique_that_nobody_named():
    state = {
        "log_history": [
            *({"step": step, "loss": loss, "learning_rate": 0.1} for step, loss in FALLING),
            *(
                {"step": step, "eval_loss": loss}
                for step, loss in every(100, [2, 1.2, 1, 0.95, 0.93, 1.02, 1.1, 1.2, 1.35, 1.5])
            ),
        ]
    }
    (rate,) = [remedy for remedy in diagnose(state).remedies if remedy.field == "training.learning_rate"]
    assert (rate.from_, rate.to) == (0.1, 0.05)
    assert "technique" not in rate.reason


@pytest.mark.slow
def test_a_million_logged_losses_are_read():
    """A window over a sixth of them at each of them would take a terabyte."""
    steps = np.arange(1, 1_000_001)
    train = list(zip(steps.tolist(), (0.5 + 2 * np.exp(-steps / 125_000)).tolist(), strict=True))
    held_out = every(20_000, [0.6 + 2 * math.exp(-0.16 * i) + 0.02 * max(0, i - 20) for i in range(50)])
    assert diagnose({"train": train, "eval": held_out}).verdict == "overfitting"


def test_a_course_that_two_losses_cannot_show_is_not_told():
    held_out = every(100, [2, 1.2, 1, 0.95, 0.93, 1.02, 1.1, 1.2, 1.35, 1.5])
    found = diagnose({"train": [[500, 1.0], [1000, 0.5]], "eval": held_out})
    (overfitting,) = [finding for finding in found.findings if finding.code == "FT101"]
    assert "0.750 to 0.750" not in overfitting.sentence


@pytest.mark.parametrize("odd", [range(8, 39), range(8, 39, 2), [3, 4, 5]])
def test_a_training_that_is_no_number_for_long_is_unstable_though_its_last_value_is_one(odd):
    train = [[5 * j, 1.1 + 0.8 * math.exp(-j / 4)] for j in range(1, 41)]
    for place in odd:
        train[place][1] = math.nan
    held_out = [[10 * j, 1.2 + 0.8 * math.exp(-j / 2)] for j in range(21)]
    found = diagnose({"train": train, "eval": held_out, "total_steps": 200})
    assert found.verdict == "unstable"
    assert f"{len(odd)} of 40" in found.sentence


def test_the_untouched_model_is_the_base_though_its_training_loss_was_logged_too():
    """Loops that estimate both losses before the first step; whoever counts epochs from 0 has gaps of one."""
    up = [2.0, *(2.02 + 0.6 * math.exp(-j / 8) for j in range(1, 21))]
    both = [[50 * j, loss] for j, loss in enumerate(up)]
    assert diagnose({"train": both, "eval": both}).numbers["base_loss"] == 2.0
    epochs = [[j, loss] for j, loss in enumerate(up)]
    assert diagnose({"train": epochs, "eval": epochs}).numbers["base_loss"] is None


@pytest.mark.parametrize("count", [20, 200, 1000])
def test_a_flat_curve_whose_noise_has_a_lowest_point_is_nothing_learned(count):
    noise = np.random.default_rng(1)
    flat = [[j, float(2.72 * (1 + noise.normal(0, 0.003)))] for j in range(1, count + 1)]
    found = diagnose({"train": flat, "eval": flat})
    assert found.verdict == "underfitting"
    assert "nothing was learned" in found.sentence


def test_six_steps_that_were_each_evaluated_are_no_six_epochs():
    losses = [2 * (0.6 + 0.4 * math.exp(-j / 2)) + 0.3 * max(0, j - 4) for j in range(7)]
    made = {
        "train": [[j, losses[j] * 0.9] for j in range(1, 7)],
        "eval": [[j, loss] for j, loss in enumerate(losses)],
        "learning_rate": [[j, 1e-4 * (1 - j / 6)] for j in range(1, 7)],
    }
    assert diagnose(made).verdict == "not-enough-evidence"


def test_a_list_and_an_array_of_the_same_losses_are_the_same_history():
    losses = [2.0, 1.5, 1.2, 1.1, 1.05, 1.02, 1.01, 1.0]
    lists = diagnose({"train": losses, "eval": losses})
    arrays = diagnose({"train": np.array(losses), "eval": np.array(losses)})
    assert (arrays.verdict, arrays.best_step) == (lists.verdict, lists.best_step)


def test_a_rise_of_both_losses_is_told_as_well():
    losses = [1.2 + 0.8 * math.exp(-j / 2) for j in range(10)]
    losses[-1] += 0.3
    train = [[10 * j, 0.9 * loss] for j, loss in enumerate(losses, 1)]
    found = diagnose({"train": train, "eval": [[10 * j, loss] for j, loss in enumerate(losses, 1)]})
    assert "did not turn up" not in found.sentence


def test_a_rate_of_nobody_knows_what_is_never_raised_tenfold():
    flat = [[10 * j, 2.303] for j in range(1, 21)]
    state = {
        "log_history": [
            *({"step": step, "loss": loss, "learning_rate": 0.1} for step, loss in flat),
            *({"step": step, "eval_loss": loss - step * 1e-6} for step, loss in flat),
        ]
    }
    for remedy in diagnose(state).remedies:
        assert remedy.field != "training.learning_rate" or remedy.to <= 3 * remedy.from_


def test_a_last_evaluation_out_of_line_asks_for_more_rows_not_for_twice_the_run():
    losses = [1.0 + math.exp(-j / 3) for j in range(19)]
    state = {
        "max_steps": 190,
        "num_train_epochs": 3,
        "log_history": [
            *({"step": 10 * j, "loss": loss, "epoch": 3 * j / 20} for j, loss in enumerate(losses, 1)),
            *({"step": 10 * j, "eval_loss": loss} for j, loss in enumerate([*losses[:-1], 2.0], 1)),
        ],
    }
    found = diagnose(
        state, {"data": {"validation_share": 0.1}, "training": {"num_train_epochs": 3.0, "seed": 1}}
    )
    assert found.verdict == "not-enough-evidence"
    assert [remedy.field for remedy in found.remedies] == ["data.validation_share", "training.seed"]


@pytest.mark.parametrize(
    ("train", "losses"),
    [
        ([2.2, 1.1, 0.9, 0.8, 0.7, 0.3, 0.15, 0.08, 0.04, 0.02],
         [2.2, 1.1, 0.95, 0.8, 0.78, 0.48, 0.54, 0.60, 0.65, 0.70]),  # after a cut of the rate
        ([1.75, 1.74, 1.2, 1.15, 0.62, 0.6], [1.85, 1.78, 1.86, 1.84, 2.05, 2.06]),  # a step at each epoch
    ],
)  # fmt: skip
def test_a_climb_in_order_is_overfitting_though_the_drop_before_it_looks_like_noise(train, losses):
    assert diagnose({"train": every(20, train), "eval": every(20, losses)}).verdict == "overfitting"


def test_a_rise_of_a_fifth_that_is_not_believed_is_not_healthy_either():
    losses = [2.4, 1.5, 1.3, 1.42, 1.0, 1.31, 1.12, 1.35]
    found = diagnose({"train": FALLING, "eval": every(100, losses)})
    assert found.verdict == "not-enough-evidence"
    assert "FT120" in {finding.code for finding in found.findings}


def test_of_five_evaluations_a_steep_start_is_not_taken_for_noise():
    losses = [[0, 2.3], [50, 1.5], [100, 1.5], [150, 1.5], [200, 1.5]]
    train = [[5 * i, 1.4 + 0.8 * math.exp(-i / 5)] for i in range(1, 41)]
    assert diagnose({"train": train, "eval": losses}).verdict == "healthy"


def test_a_tie_for_the_best_changes_nothing_about_a_last_evaluation_that_stands_out():
    for tied in (1.33, 1.332):
        losses = [1.6, 1.45, 1.38, 1.35, 1.34, tied, tied, 1.33, 1.55]
        found = diagnose({"train": FALLING, "eval": every(100, losses)})
        assert found.verdict == "not-enough-evidence"
        assert "17 % above" in found.sentence


def test_where_the_training_loss_did_not_fall_it_is_said():
    losses = every(4, [1.3 + 0.05 * max(0, i - 2) for i in range(10)])
    found = diagnose({"train": every(1, [1.2] * 40), "eval": losses})
    assert "did not fall" in found.sentence
    assert found.clearness != "very clear"
    assert "FT108" not in {finding.code for finding in found.findings}


def test_a_loss_that_rose_did_not_stay_where_it_was():
    up = [0.5 + i / 10 for i in range(10)]
    found = diagnose({"loss": up, "val_loss": up})
    assert found.verdict == "unstable"
    assert "FT108" not in {finding.code for finding in found.findings}


def test_losses_of_nothing_are_told_as_such():
    nothing = [[i, 0.0] for i in range(1, 41)]
    assert "exactly 0" in diagnose({"train": nothing, "eval": nothing[::4]}).sentence


@pytest.mark.filterwarnings("error")
def test_losses_near_the_largest_number_bring_no_warning():
    huge = [1e308 * (1 - i / 50) for i in range(10)]
    assert diagnose({"train": huge, "eval": huge}).verdict
    assert should_stop({"train": huge, "eval": huge})[1]


def test_a_name_does_nothing_to_a_terminal():
    rows = [
        {"step": 10 * i, "loss": 2 / i, "eval_loss": 2.1 / i, "eval_\x1b[2Jacc\n": i / 20}
        for i in range(1, 12)
    ]
    text = diagnose({"log_history": rows}).text()
    assert "\x1b" not in text
    assert "\n: " not in text


def test_a_valley_after_a_cut_of_the_rate_is_one_though_the_loss_shook_before_the_cut():
    losses = [1.976, 1.181, 1.198, 1.002, 0.822, 0.816, 0.738, 0.794, 0.846, 0.931]
    assert diagnose({"train": FALLING, "eval": every(100, losses)}).verdict == "overfitting"
