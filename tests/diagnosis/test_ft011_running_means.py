import numpy as np
import pytest

from ftkit.runfolder import History
from tests.diagnosis.made_up import found, passes, why_not


def curves(seed: int, points: int = 120, memory: float = 0.0) -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(seed)
    noise = random.normal(0, 0.15, points)
    for i in range(1, points):
        noise[i] = memory * noise[i - 1] + noise[i] * np.sqrt(1 - memory**2)
    single = 1.2 + 1.5 * np.exp(-np.arange(points) / points * 5) + noise
    return single, np.cumsum(single) / np.arange(1, points + 1)


def of(values: np.ndarray) -> History:
    return History(train=[(10 * (i + 1), float(value)) for i, value in enumerate(values)])


@pytest.mark.parametrize("points", [120, 300, 600])
def test_running_means_are_recognised(points):
    hits = 0
    for seed in range(20):
        hits += not passes("FT011", of(curves(seed, points)[1]))
    assert hits >= 14
    assert "mean" in found("FT011", of(curves(0, points)[1])).sentence


@pytest.mark.parametrize("memory", [0.0, 0.5, 0.9])
def test_ordinary_losses_are_not_taken_for_it(memory):
    alarms = sum(not passes("FT011", of(curves(seed, memory=memory)[0])) for seed in range(100))
    assert alarms <= 1


def test_losses_that_grow_quiet_with_the_rate_are_not_taken_for_it():
    for seed in range(40):
        random = np.random.default_rng(seed)
        values = 1 + 2 * np.exp(-np.arange(100) / 20) + random.normal(0, 0.1, 100) * np.linspace(1, 0.1, 100)
        assert passes("FT011", of(values))


def test_a_smooth_curve_is_not_taken_for_it():
    assert passes("FT011", of(1 + 2 * np.exp(-np.arange(100) / 20)))
    assert passes("FT011", of(1 + 2 / (1 + np.arange(100))))
    assert passes("FT011", of(np.ones(100)))


def test_not_applicable_with_few_points():
    assert "60" in why_not("FT011", of(np.ones(20)))
