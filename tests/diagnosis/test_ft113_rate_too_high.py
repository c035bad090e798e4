import numpy as np

from ftkit.diagnosis import diagnose
from tests.diagnosis.made_up import by_heart, found, healthy, history, passes, why_not


def damaged(share: float) -> float:
    """Up first, then repaired."""
    return 2.0 + 2.0 * float(np.exp(-(((share - 0.3) / 0.12) ** 2))) - 0.4 * share


def test_found_where_the_loss_went_above_the_base():
    finding = found("FT113", history(damaged))
    assert finding.evidence["highest"] > finding.evidence["base_loss"] + 1
    assert "came down" in finding.sentence


def test_silent_on_a_healthy_run():
    for seed in range(10):
        assert passes("FT113", history(healthy, seed=seed))


def test_a_run_that_overfits_late_is_another_matter():
    assert passes("FT113", history(lambda share: healthy(share) + 4 * max(0.0, share - 0.4)))


def test_not_applicable_without_the_base():
    made = history(damaged)
    made.eval = made.eval[1:]
    assert "base" in why_not("FT113", made)


def shot_up(share: float) -> float:
    """Half as much again as the base, then below it."""
    return 2.0 + 1.2 * float(np.exp(-(((share - 0.2) / 0.1) ** 2))) - 0.5 * share


def test_a_run_that_broke_is_unstable_whatever_it_repaired_later():
    assert found("FT113", history(shot_up)).verdict == "unstable"
    assert diagnose(history(shot_up)).verdict == "unstable"


def test_four_held_out_rows_that_shoot_up_are_not_enough_to_say_so():
    found_there = diagnose(history(shot_up, rows=4, row_wander=0.01))
    assert "FT113" in {finding.code for finding in found_there.findings}
    assert found_there.verdict == "not-enough-evidence"


def test_a_loss_far_above_the_base_is_learning_by_heart_where_training_fell():
    made = history(lambda share: 2.0 - share + 6 * max(0.0, share - 0.3), by_heart)
    assert passes("FT113", made)
    assert diagnose(made).verdict == "overfitting"


def test_a_little_above_the_base_is_no_broken_run():
    assert found("FT113", history(lambda share: 2.0 + (shot_up(share) - 2.0) / 8)).verdict is None


def test_a_run_that_was_wrecked_is_told_so_however_soon_it_was_stopped():
    """Stopped after three evaluations, each several times the base: too few for a verdict, but not for advice."""
    losses = [4.84, 40.4, 22.7, 29.7]
    made = {
        "train": [[step, 5.0 if step == 1 else 30 - 10 * (step % 2)] for step in range(1, 14)],
        "eval": [[4 * at, loss] for at, loss in enumerate(losses)],
    }
    recipe = {"method": {"name": "lora"}, "training": {"learning_rate": 5.0, "num_train_epochs": 2.0}}
    said = diagnose(made, recipe)
    assert said.verdict == "not-enough-evidence"
    assert "looks broken: the evaluation loss rose from 4.840 (base) to 40.400" in said.sentence
    assert not {"FT108", "FT120"} & {finding.code for finding in said.findings}
    assert said.remedies[0].field == "training.learning_rate"
    assert said.remedies[0].to < 0.01


def test_a_loss_that_comes_back_to_the_base_was_not_wrecked():
    made = {"eval": [[0, 2.0], [10, 3.5], [20, 2.4], [30, 1.9]]}
    assert "broken" not in diagnose(made).sentence


def test_learning_by_heart_from_the_first_step_is_no_wreck():
    trained = [(5 * i, 0.9 * 0.93**i) for i in range(1, 101)]
    made = {"train": trained, "eval": [(0, 1.0), (100, 1.6), (200, 1.9), (300, 2.2), (400, 2.5), (500, 2.7)]}
    assert diagnose(made).verdict == "overfitting"
    assert "broken" not in diagnose({**made, "eval": made["eval"][:3]}).sentence


def test_early_damage_takes_no_doubt_from_a_late_rise():
    losses = [
        3,
        4.2,
        4.4,
        4.3,
        4,
        3.6,
        3.2,
        2.9,
        2.6,
        2.4,
        2.2,
        2.05,
        1.95,
        1.85,
        1.78,
        1.7,
        1.65,
        1.6,
        1.55,
        1.5,
        1.9,
    ]
    made = {
        "train": [(2 * i, 3 * 0.98**i) for i in range(1, 101)],
        "eval": [(10 * at, loss) for at, loss in enumerate(losses)],
    }
    assert diagnose(made).verdict == "not-enough-evidence"


def test_spikes_without_an_evaluation_are_no_wreck():
    losses = [[step, 9.0 if step % 9 == 0 else 2.0 - step / 60] for step in range(1, 41)]
    said = diagnose({"train": losses, "eval": []})
    assert "broken" not in said.sentence
