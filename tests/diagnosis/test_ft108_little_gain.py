import math

import numpy as np

from ftkit.diagnosis import diagnose
from ftkit.runfolder import History
from tests.diagnosis.made_up import barely_moved, found, healthy, history, passes, why_not
from tests.diagnosis.test_diagnosis_verdict import RECIPE


def test_found_where_the_loss_barely_moved():
    finding = found("FT108", history(barely_moved))
    assert finding.verdict == "underfitting"
    assert finding.evidence["gain"] < 0.07


def with_base(share: float) -> History:
    """A run with a soft prompt: it starts far above the base, whose loss is `share` of the lowest evaluation."""
    made = history(healthy)
    lowest = min(made.evaluations.values(), key=lambda rows: sum(loss for loss, _ in rows.values()))
    for row, (loss, tokens) in lowest.items():
        made.base_evaluations[row] = (share * loss, tokens)
    made.measured_base = share * min(loss for _, loss in made.eval)
    return made


def test_a_soft_prompt_is_held_against_the_base_and_not_against_its_own_start():
    worse = with_base(0.9)
    assert made_better(worse) > 0.1  # than at step 0, which is not the base
    finding = found("FT108", worse)
    assert finding.evidence["base_loss"] == worse.measured_base
    assert finding.evidence["gain"] < 0
    assert finding.evidence["gain_interval"][1] < 0
    assert "11.1 % above the base model's" in finding.sentence
    assert passes("FT108", with_base(1.2))


def made_better(made: History) -> float:
    return made.eval[0][1] - min(loss for _, loss in made.eval)


def test_without_the_base_s_rows_no_interval_is_made_up():
    made = with_base(0.9)
    made.base_evaluations.clear()
    assert found("FT108", made).evidence["gain_interval"] is None
    assert "not recorded" in why_not("FT003", made)


def test_silent_on_a_healthy_run():
    assert passes("FT108", history(healthy))


def test_not_applicable_without_an_evaluation_of_the_base():
    made = history(healthy)
    made.eval = made.eval[1:]
    assert "base" in why_not("FT108", made)


def test_not_applicable_while_the_run_goes_on():
    assert "still going" in why_not("FT108", history(barely_moved, done=0.6))


def test_after_a_rate_that_did_damage_a_higher_one_is_not_advised():
    made = history(lambda share: 3.0 + 0.6 * math.sin(math.pi * share) - 0.02 * share)
    assert found("FT113", made)
    assert found("FT108", made).try_.startswith("Lower the learning rate")
    said = diagnose(made, RECIPE)
    assert said.verdict == "underfitting"
    rate = said.remedies[0]
    assert rate.field == "training.learning_rate"
    assert rate.to < rate.from_


def test_the_lowest_of_many_shaking_evaluations_is_no_gain():
    random = np.random.default_rng(1)
    flat = [(step, 2.0 * (1 + 0.01 * float(random.normal()) * (step > 0))) for step in range(301)]
    train = [(step, 2.0 * (1 + 0.03 * float(random.normal()))) for step in range(1, 301)]
    assert min(loss for _, loss in flat) < 0.98 * 2.0
    seen = diagnose({"train": train, "eval": flat, "total_steps": 300})
    assert seen.verdict == "underfitting"
    assert "the mean of 23 evaluations" in seen.sentence
    # A short valley is deeper than the noise is: what was gained there was gained.
    deep = [(step, loss * (0.8 if 3 <= step <= 5 else 1.0)) for step, loss in flat]
    assert passes("FT108", History(eval=deep, train=train, total_steps=300))
