import math

import numpy as np
import pytest

from benchmarks.histories.label import label, optimum
from benchmarks.histories.make import records
from benchmarks.histories.plan import plan
from benchmarks.histories.score import verdict_on
from ftkit.diagnosis import diagnose
from ftkit.runfolder import History
from tests.diagnosis.made_up import found, healthy, history, passes, still_falling, why_not


def test_found_where_the_loss_falls_to_the_last_step():
    finding = found("FT109", history(still_falling))
    assert finding.verdict == "underfitting"
    assert finding.evidence["last"] > 0.2


def test_found_behind_a_schedule_that_flattens_the_end():
    # Each unit of learning rate brings the same, but a cosine schedule leaves nothing for the last steps.
    def course(share: float) -> float:
        return 3.4 - 2.0 * (share / 2 + float(np.sin(np.pi * share)) / (2 * np.pi))

    assert found("FT109", history(course))


def test_a_mild_slope_at_the_end_is_healthy():
    for seed in range(10):
        assert passes("FT109", history(healthy, seed=seed))


@pytest.mark.parametrize("truth", ["healthy", "underfitting"])
def test_real_runs_of_the_tuning_part_are_told_apart(truth):
    """Twice as many epochs brought the first ones next to nothing, and the others much."""
    everything = records("tiny")
    tuned = {run.name for run in plan("tiny") if run.part == "tune" and run.in_scope}
    real = [one for one in everything if one["name"] in tuned and one["twice"]]
    real = [one for one in real if label(one, optimum(one, everything)) == truth]
    said = ["FT109" in [found.code for found in verdict_on(one).findings] for one in real]
    assert len(said) >= 40
    assert said.count(truth == "underfitting") >= 0.9 * len(said)


def test_silent_where_the_last_fall_is_noise():
    assert passes("FT109", history(lambda share: 2.0 - 0.01 * share, rows=6, row_wander=0.5, seed=3))


def test_many_epochs_are_not_asked_to_double():
    assert passes(
        "FT109", history(lambda share: 1.0 + 1.0 / (1 + 40 * share), epochs=200, evaluations=200, steps=4000)
    )


def test_not_applicable_while_the_run_goes_on():
    assert why_not("FT109", history(still_falling, done=0.6))


def test_a_run_that_has_come_to_rest_after_a_steep_start_is_not_told_to_go_on():
    """The first tutorial's own curve: most is gained at once, and on the last, small steps nothing moves any more."""
    seen = [4.842, 3.593, 2.927, 2.616, 2.48, 2.481, 2.416, 2.364, 2.35, 2.35]
    losses = dict(zip([*range(0, 49, 6), 50], seen, strict=True))
    log = []
    for step in range(51):
        if step:
            done = step - 1  # a step is logged with the rate that it was made at
            rate = 1e-3 * (done / 3 if done < 3 else 0.5 * (1 + math.cos(math.pi * (done - 3) / 47)))
            log.append(
                {
                    "step": step,
                    "epoch": step / 50,
                    "loss": 2.4 + 2.4 * math.exp(-step / 10),
                    "learning_rate": rate,
                }
            )
        if step in losses:
            log.append({"step": step, "epoch": step / 50, "eval_loss": losses[step]})
    found = diagnose({"log_history": log, "max_steps": 50, "num_train_epochs": 1})
    assert "FT109" not in [finding.code for finding in found.findings]
    assert found.verdict == "healthy"


def test_found_where_the_curve_itself_is_still_on_its_way_down_however_much_was_gained_before():
    # From a random start the gain is so large that what is in reach looks small beside it.
    for evaluations in (8, 10, 200):
        losses = [0.5 + 2.5 * math.exp(-3 * share) for share in np.linspace(0, 1, evaluations)]
        points = [[10 * i, loss] for i, loss in enumerate(losses)]
        found = diagnose({"train": points, "eval": points})
        assert found.verdict == "underfitting"
        assert found.findings[0].code == "FT109"


def test_one_step_down_where_the_rate_was_cut_is_not_still_falling():
    losses = [2.0, 1.3, 1.1, 1.05, 1.04, 1.04, 1.03, 1.03, 0.9, 0.9]
    points = [[10 * i, loss] for i, loss in enumerate(losses)]
    assert "FT109" not in {finding.code for finding in diagnose({"train": points, "eval": points}).findings}


def test_rows_that_are_learnt_by_heart_already_have_little_more_to_teach():
    """A real run: sixteen rows, LoRA, four epochs; eight epochs brought it no further."""
    losses = [4.789, 4.12, 3.662, 3.354, 3.229, 3.193, 3.188]
    made = History(eval=[(10 * i, loss) for i, loss in enumerate(losses)], total_steps=60, epochs=4.0)
    made.learning_rate = [(s, 9e-4 * (1 + math.cos(math.pi * s / 60)) / 2) for s in range(3, 61)]
    made.train = [(s, 4.8 - 1.5 * s / 60) for s in range(2, 61, 2)]
    assert found("FT109", made)
    made.train = [(s, 4.8 - 2.7 * s / 60) for s in range(2, 61, 2)]
    assert passes("FT109", made)


def test_next_to_nothing_of_what_was_gained_is_not_steep_however_small_the_loss():
    losses = [5.7, 0.44, 0.2, 0.181, 0.168, 0.165, 0.127, 0.084, 0.08]
    points = [[10 * i, loss] for i, loss in enumerate(losses)]
    assert "FT109" not in {finding.code for finding in diagnose({"train": points, "eval": points}).findings}


def test_where_next_to_no_loss_is_left_nothing_can_be_gained_by_going_on():
    def course(share: float) -> float:
        return 5 * (1 - share) ** 2

    assert passes("FT109", history(lambda share: 0.2 + course(share)))
    assert found("FT109", history(lambda share: 1.5 + course(share)))
