"""Figures in the sentences: none is so rounded, or so large, that it says nothing."""

from __future__ import annotations

import math

import pytest

from ftkit.diagnosis import diagnose, should_stop
from ftkit.diagnosis.said import above, figure
from tests.diagnosis.made_up import found, healthy, history, passes

SMALL_EVALS = [[10 * i, 0.69 * math.exp(-1.2 * i) + 2e-4 + max(0, i - 7) * 2e-3] for i in range(21)]
TRAIN = [[i, 0.7 * math.exp(-i / 20) + 1e-4] for i in range(0, 200, 5)]


@pytest.mark.parametrize(
    ("value", "text"),
    [(2.0, "2.000"), (0.01, "0.01"), (-0.5, "-0.500"), (0.00036, "0.00036"), (-0.0042, "-0.0042"), (0, "0.000"),
     (1e-17, "0.000"), (1e200, "1e+200"), (99.5, "99.500"), (686.64, "686.6"), (-2164.0, "-2164")],
)  # fmt: skip
def test_a_figure_keeps_its_first_digits(value, text):
    assert figure(value) == text


def test_a_large_share_is_said_as_times():
    assert (above(0.12), above(10.9)) == ("12 % above", "at 11.9 times")


def test_a_rise_from_next_to_nothing_is_told_in_numbers_that_say_something():
    said = diagnose({"train": TRAIN, "eval": SMALL_EVALS, "total_steps": 200}).sentence
    assert "from 0.000355 to 0.0242" in said
    assert "68.1 times as much" in said
    assert "0.000 " not in said
    small = {"train": TRAIN, "eval": [[step, 1e-3 * loss] for step, loss in history(healthy).eval]}
    assert "0.000 " not in diagnose(small).sentence
    assert " above its best" not in should_stop({"train": TRAIN[:20], "eval": SMALL_EVALS[:10]})[1]


def test_without_a_training_loss_the_sentence_has_no_stray_comma():
    rising = {"eval": [3.0, 2.0, 1.5, 1.2, 1.0, 1.3, 1.6, 1.9, 2.2, 2.5, 2.8]}
    said = next(one.sentence for one in diagnose(rising).findings if one.code == "FT101")
    assert said.endswith(" %); no training loss was logged.")


def test_of_many_spikes_the_first_are_named_and_said_to_be_the_first():
    made = history(healthy)
    for place in (10, 14, 18, 22, 26, 30):
        made.train[place] = (made.train[place][0], 40.0)
    assert found("FT104", made).sentence.endswith(", …).")
    assert passes("FT104", history(healthy))


def test_noise_is_not_said_to_make_more_of_a_move_than_all_of_it():
    shaking = {"train": [2.0] * 12, "eval": [3.5, 3.2, 4.5, 3.5, 4.4, 4.5, 3.9, 4.1, 4.4, 3.8, 4.2, 4.5]}
    said = next(one.sentence for one in diagnose(shaking).findings if one.code == "FT007")
    assert "noise alone can move it by" in said
