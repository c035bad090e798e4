"""Rates that are cut, brought down at the end, or raised again: what they do to the loss is no learning, and no overfitting."""

import math

import numpy as np
import pytest

from ftkit.diagnosis import diagnose, should_stop
from ftkit.runfolder import History
from tests.diagnosis.made_up import passes

EPOCHS = np.arange(1, 301)
CUTS = np.select([EPOCHS <= 150, EPOCHS <= 225], [0.1, 0.01], 0.001)


def thinned(series, count):
    chosen = np.unique(np.linspace(0, len(EPOCHS) - 1, count or len(EPOCHS)).round().astype(int))
    return [[int(EPOCHS[i]), float(series[i])] for i in chosen]


def with_cuts(seed, count=None, noise=0.02):
    random = np.random.default_rng(seed)
    still = np.select([EPOCHS <= 150, EPOCHS <= 225], [0.3, 0.05], 0.0)
    loss = (0.5 + 1.3 * np.exp(-EPOCHS / 25) + still) * (1 + random.normal(0, noise, len(EPOCHS)))
    return {"train": (loss - 0.2).tolist(), "eval": thinned(loss, count), "learning_rate": CUTS.tolist()}


@pytest.mark.parametrize("count", [None, 40, 20, 10])
def test_the_drop_at_a_cut_of_the_rate_is_no_sign_that_there_was_more_to_learn(count):
    found = [diagnose(with_cuts(seed, count)) for seed in range(10)]
    assert {one.verdict for one in found} == {"healthy"}
    assert not any("longer run" in one.sentence for one in found)


def test_nor_is_that_of_a_rate_that_is_brought_down_at_the_end_of_a_long_flat_stretch():
    steps = np.arange(0, 800, 10)
    rates = np.where(steps < 680, 1e-4, 1e-4 * (800 - steps) / 120)
    loss = 1.2 + np.exp(-steps / 40) - 0.12 * np.clip((steps - 680) / 120, 0, 1)
    pairs = [[int(step), float(value)] for step, value in zip(steps, loss, strict=True)]
    log = [[int(step), float(rate)] for step, rate in zip(steps, rates, strict=True)]
    assert diagnose({"train": pairs, "eval": pairs, "learning_rate": log}).verdict == "healthy"


def test_a_loss_that_falls_on_after_the_last_cut_is_still_falling():
    loss = 2.0 - EPOCHS / 300
    series = {"train": loss.tolist(), "eval": thinned(loss, 20), "learning_rate": CUTS.tolist()}
    assert diagnose(series).verdict == "underfitting"


@pytest.mark.parametrize("noise", [0.003, 0.01, 0.03])
def test_a_curve_with_drops_is_not_taken_for_a_running_mean(noise):
    for seed in range(10):
        random = np.random.default_rng(seed)
        loss = 0.05 + 1.6 * np.exp(-EPOCHS / 18) + 0.25 * (EPOCHS < 150) + 0.05 * (EPOCHS < 225)
        loss = loss * (1 + random.normal(0, noise, len(EPOCHS)))
        assert passes("FT011", History(train=list(zip(EPOCHS.tolist(), loss.tolist(), strict=True))))


def restarted(seed, epochs=400, cycle=100):
    random, at = np.random.default_rng(seed), np.arange(epochs)
    rate = 0.5 * (1 + np.cos(np.pi * (at % cycle) / cycle))
    held_out = (
        0.5 + 1.2 * np.exp(-at / 25) + 0.18 * rate - 0.03 * (at // cycle) + random.normal(0, 0.012, epochs)
    )
    train = 0.35 + 1.3 * np.exp(-at / 25) + 0.12 * rate - 0.06 * at / cycle
    series = {"train": train, "eval": held_out, "learning_rate": 0.1 * rate}
    return History.from_series(
        {name: values.tolist() for name, values in series.items()} | {"total_steps": epochs}
    )


@pytest.mark.parametrize("seed", range(3))
def test_while_the_rate_is_up_again_nobody_is_told_to_stop(seed):
    whole = restarted(seed)
    for step in range(20, 400, 6):
        part = whole.until(step)
        assert not should_stop(part)[0]
        assert diagnose(part, ended=False).verdict != "overfitting"


def climbing_since_a_restart(done):
    """Two cycles of 100 steps: in the second the evaluation loss climbs in order, while the training loss falls on."""
    rates = [
        (step, 1e-3 * (1 + math.cos(math.pi * ((step - 1) % 100) / 100)) / 2) for step in range(1, done + 1)
    ]
    held_out = [
        (step, 1 + math.exp(-min(step, 100) / 25) + 0.006 * max(0, step - 100))
        for step in range(4, done + 1, 4)
    ]
    train = [(step, 2 * math.exp(-step / 60)) for step in range(1, done + 1)]
    return History(train=train, eval=held_out, learning_rate=rates, total_steps=200)


@pytest.mark.parametrize("done", range(140, 200, 4))
def test_nor_for_a_long_climb(done):
    assert should_stop(climbing_since_a_restart(done)) == (
        False,
        "The learning rate was raised again since the best evaluation: before it has come down once more, a rise tells nothing.",
    )


@pytest.mark.parametrize("done", range(120, 200, 8))
def test_nor_is_anybody_told_then_that_the_loss_has_not_turned_up(done):
    found = diagnose(climbing_since_a_restart(done), ended=False)
    assert found.verdict == "healthy"
    assert "not turned up" not in found.sentence
    assert "above that, which tells nothing yet: the learning rate was raised again" in found.sentence


def test_a_warm_up_from_nothing_is_no_restart():
    """A Trainer logs a rate of 0 at its first step, and the base was the best."""
    steps = range(1, 121)
    made = History(
        train=[(step, 2 * math.exp(-step / 50)) for step in steps],
        eval=[(step, 2 + 0.02 * step) for step in range(0, 121, 6)],
        learning_rate=[(step, 1e-4 * min((step - 1) / 10, 1)) for step in steps],
        total_steps=240,
    )
    assert diagnose(made, ended=False).verdict == "overfitting"
    assert should_stop(made)[0]


@pytest.mark.parametrize("gain", [0.05, 0.09])
@pytest.mark.parametrize("count", [5, 8, 10, 20])
def test_a_loss_that_falls_in_a_straight_line_to_the_end_is_still_falling_however_little_it_moves(
    gain, count
):
    """As of an adapter on a good base: each evaluation is below the one before it, which noise hardly does."""
    at = np.linspace(0, 1, count + 1)
    held_out = [[int(1000 * share), float(1.3 * (1 - gain * share))] for share in at]
    train = [[step, 1.3 * (1 - gain * step / 1000)] for step in range(10, 1001, 10)]
    assert diagnose({"train": train, "eval": held_out}).verdict == "underfitting"
