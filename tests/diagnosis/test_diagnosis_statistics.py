import numpy as np
import pytest

from ftkit.diagnosis.statistics import (
    jitter,
    paired_difference,
    rise_over_rows,
    smoothed,
    t_quantile,
    t_tail,
)


@pytest.mark.parametrize(("freedom", "exact"), [(4, 2.7764), (10, 2.2281), (29, 2.0452), (1000, 1.9623)])
def test_t_quantile_agrees_with_the_tables(freedom, exact):
    assert t_quantile(0.975, freedom) == pytest.approx(exact, rel=0.01)


@pytest.mark.parametrize(
    ("value", "freedom", "exact"), [(2.0, 5, 0.05097), (2.5, 10, 0.01572), (-1.0, 8, 0.82674)]
)
def test_t_tail_agrees_with_the_tables(value, freedom, exact):
    assert t_tail(value, freedom) == pytest.approx(exact, rel=0.03)


def test_paired_interval_covers_the_truth_in_about_95_of_100():
    random = np.random.default_rng(1)
    covered = 0
    for _ in range(400):
        tokens = random.integers(5, 50, 30).astype(float)
        level = random.normal(2.0, 1.0, 30)
        earlier = level * tokens
        later = (level + 0.1 + random.normal(0, 0.05, 30)) * tokens
        low, high = paired_difference(later, earlier, tokens)[1:3]
        covered += low <= 0.1 <= high
    assert 0.91 <= covered / 400 <= 0.985


def test_pairing_removes_what_the_rows_have_in_common():
    random = np.random.default_rng(2)
    tokens = np.full(40, 10.0)
    level = random.normal(3.0, 2.0, 40) * tokens
    difference = paired_difference(level + 0.05 * tokens, level, tokens)
    assert difference.value == pytest.approx(0.05)
    assert difference.error < 1e-9


def test_choosing_the_minimum_raises_no_false_alarm():
    random = np.random.default_rng(3)
    alarms = 0
    for _ in range(300):
        losses = random.normal(10.0, 1.0, (13, 30))
        end = losses[-2:].mean(axis=0)
        alarms += rise_over_rows(losses[:-2], end, np.full(30, 5.0)).chance <= 0.05
    assert alarms / 300 <= 0.075


def test_a_rise_in_every_row_is_no_chance():
    losses = np.full((8, 30), 10.0) - np.random.default_rng(0).normal(0, 0.01, (8, 30))
    assert rise_over_rows(losses, np.full(30, 11.0), np.full(30, 5.0)).chance < 0.01


def test_jitter_sees_the_noise_and_not_the_course():
    random = np.random.default_rng(4)
    steps = np.arange(0, 400, 10, dtype=float)
    course = 1 + 3 * np.exp(-steps / 60)
    assert jitter(steps, course) < 0.01
    estimates = [jitter(steps, course + random.normal(0, 0.1, 40)) for _ in range(50)]
    assert np.median(estimates) == pytest.approx(0.1, rel=0.25)


def test_jitter_is_unknown_below_four_points():
    assert jitter(np.arange(3.0), np.ones(3)) == np.inf


def test_smoothing_keeps_length_and_ends():
    values = np.array([3.0, 1.0, 2.0, 4.0, 0.0])
    assert smoothed(values, 3).tolist() == pytest.approx([3.0, 2.0, 7 / 3, 2.0, 0.0])
    assert smoothed(values, 1) is values
