"""What is to be changed where it cannot be told how a run went, and where the data leave settings out: text and remedies agree."""

from __future__ import annotations

import numpy as np
import pytest

from ftkit.diagnosis import diagnose
from tests.diagnosis.made_up import history
from tests.diagnosis.test_diagnosis_verdict import RECIPE


def shakes(seed, evaluations=12, spread=0.04):
    """A training loss that hardly moves, beside a flat evaluation loss that shakes."""
    random = np.random.default_rng(seed)
    steps = [10 * n for n in range(1, evaluations + 1)]
    return {
        "train": [[step, 3 - 0.1 * step / steps[-1] + random.normal(0, 0.05)] for step in steps],
        "eval": [[step, 2.5 * (1 + random.normal(0, spread))] for step in steps],
    }


FLAT = {
    "train": [[10 * n, 3 + 0.001 * (n % 2)] for n in range(1, 13)],
    "eval": [[10 * n, 2.5 + 0.001 * (n % 2)] for n in range(13)],
}
ONLY_RISES = {
    "train": [[10 * n, 2.0 * 0.8**n] for n in range(1, 16)],
    "eval": [[50, 2.0], [100, 2.2], [150, 2.5]],
}
FALLING = {
    "train": [[10 * n, 3 - 0.1 * n] for n in range(1, 13)],
    "eval": [[10 * n, 2.8 - 0.1 * n] for n in range(13)],
}


def unknown(said):
    return said.verdict == "not-enough-evidence" and "FT007" in {item.code for item in said.findings}


@pytest.mark.parametrize("evaluations", [10, 15, 20])
def test_where_noise_hides_the_course_what_is_advised_makes_evidence_and_nothing_says_the_opposite(
    evaluations,
):
    told = [said for seed in range(20) if unknown(said := diagnose(shakes(seed, evaluations)))]
    assert len(told) > 5
    for said in told:
        assert [remedy.field for remedy in said.remedies] == ["data.validation_share"]
        text = said.text()
        assert "horter" not in text
        assert "fewer epochs" not in text
        assert "come to rest" not in text  # nobody promises a lower loss of what cannot be seen
    aside = [item for said in told for item in said.not_applicable if "(FT007)" in item.why]
    assert "FT201" in {item.code for item in aside}


def test_how_many_rows_are_held_back_is_not_made_up_where_the_data_do_not_say():
    first = diagnose(shakes(0)).remedies[0]
    assert (first.from_, first.to) == (None, 0.2)
    assert first.title == "Validation part: not known → 0.2"
    assert "twice" in first.reason
    said = diagnose(shakes(0), RECIPE | {"data": {"validation_share": 0.1}}).remedies[0]
    assert (said.from_, said.to) == (0.1, 0.2)


def test_where_the_rows_disagree_no_shorter_run_is_advised_beside_a_longer_one():
    for seed in range(10):
        made = history(lambda share: 2.0 - 0.02 * share, rows=6, row_wander=0.4, seed=seed)
        said = diagnose(made, RECIPE | {"data": {"validation_share": 0.1}})
        if said.verdict != "not-enough-evidence":
            continue
        assert said.remedies[0].field == "data.validation_share"
        assert not {"FT108", "FT201"} & {item.code for item in said.findings}
        assert "come to rest" not in said.text()


def test_a_rate_that_is_not_in_the_data_is_said_not_to_be_there_where_it_is_what_to_change():
    said = diagnose(FLAT)
    assert "FT108" in {item.code for item in said.findings}
    (longer,) = said.remedies
    assert longer.field == "training.max_steps"
    assert "learning rate is not in the data" in longer.reason
    assert "three times" in longer.reason
    known = diagnose(FLAT | {"learning_rate": [[step, 1e-4] for step, _ in FLAT["train"]]})
    assert known.remedies[0].field == "training.learning_rate"
    assert not any("not in the data" in remedy.reason for remedy in known.remedies)


def test_so_is_the_rate_of_a_training_that_ran_away():
    away = [[10 * n, 2.0 + 0.5 * n] for n in range(1, 13)]
    said = diagnose({"train": away, "eval": away})
    assert said.verdict == "unstable"
    assert "learning rate is not in the data" in said.remedies[0].reason
    assert "lower it" in said.remedies[0].reason


def test_few_evaluations_that_only_rise_are_made_more_before_the_run_is_made_shorter():
    said = diagnose(ONLY_RISES)
    assert said.verdict == "not-enough-evidence"
    often, shorter = said.remedies
    assert (often.field, often.from_, often.to) == ("eval_steps", 50, 15)
    assert often.title == "Evaluate every: 50 → 15 steps"
    assert shorter.field == "training.max_steps"
    assert shorter.to < shorter.from_
    words = next(item.try_ for item in said.findings if item.code == "FT002")
    assert "more often" in words
    assert "more steps" not in words  # a longer run is not what a loss that only rises asks for


def test_of_a_run_of_ftkit_the_evaluations_are_not_a_setting():
    assert "eval_steps" not in {remedy.field for remedy in diagnose(ONLY_RISES, RECIPE).remedies}


def test_few_evaluations_of_another_tool_are_made_more():
    falling = {"train": FALLING["train"], "eval": [[40, 2.4], [80, 2.0], [120, 1.6]]}
    (often,) = diagnose(falling).remedies
    assert (often.field, often.from_, often.to) == ("eval_steps", 40, 12)
    assert "eval_steps = 12" in str(often)


def test_steps_that_nobody_set_are_told_by_what_the_run_took():
    first = diagnose(FALLING).remedies[0]
    assert (first.from_, first.to) == (120, 240)
    assert first.title == "Stop after: 120 → 240 steps"
    shorter = diagnose(ONLY_RISES).remedies[1]
    assert shorter.from_ == 150


def test_one_step_is_said_as_one():
    said = diagnose(
        {
            "log_history": [
                {"step": 0, "eval_loss": 2.0},
                {"step": 1, "loss": 2.0, "epoch": 0.01, "learning_rate": 1e-4},
                *({"step": 1, "eval_loss": 2.0, "epoch": 0.01},),
            ],
            "max_steps": 1,
            "global_step": 1,
        },
        RECIPE | {"training": {"max_steps": 1}},
    )
    assert "1 steps" not in said.text()


def test_a_run_that_learned_too_little_is_not_said_to_have_run_too_long():
    """Noise: it fell at its end, and was lower once, long before."""
    losses = [2.36, 2.27, 2.59, 2.62, 2.6, 2.47, 2.49, 2.48, 2.6, 2.57, 2.5, 2.55, 2.6, 2.53, 2.42]
    said = diagnose({"train": [[n, 3.0] for n in range(1, 16)], "eval": list(enumerate(losses, 1))})
    assert said.verdict == "underfitting"
    assert "FT201" in {item.code for item in said.not_applicable}
    assert "too little (FT109)" in next(item.why for item in said.not_applicable if item.code == "FT201")
