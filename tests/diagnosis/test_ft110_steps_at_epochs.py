import numpy as np

from ftkit.runfolder import History
from tests.diagnosis.made_up import found, passes, why_not


def run(drop: float, epochs: float = 4.0, points: int = 80, slope: float = 0.1, seed: int = 0) -> History:
    random = np.random.default_rng(seed)
    steps = np.arange(1, points + 1) * 5
    done = (steps - 1) / (points * 5) * epochs
    values = 2.0 - drop * np.floor(done) - slope * done + random.normal(0, 0.03, points)
    made = History(total_steps=points * 5, epochs=epochs)
    made.train = [(int(step), float(value)) for step, value in zip(steps, values, strict=True)]
    return made


def test_found_where_rows_that_come_again_are_known():
    finding = found("FT110", run(0.3))
    assert 0.2 < finding.evidence["drop"] < 0.4
    assert finding.evidence["boundaries"] == 3


def test_a_steady_fall_has_no_steps():
    alarms = sum(not passes("FT110", run(0.0, slope=0.4, seed=seed)) for seed in range(50))
    assert alarms <= 1


def test_not_applicable_within_one_epoch_or_without_epochs():
    assert "single epoch" in why_not("FT110", run(0.3, epochs=1.0))
    made = run(0.3)
    made.epochs = None
    assert "not known" in why_not("FT110", made)


def test_not_applicable_where_too_little_was_logged():
    assert "eight" in why_not("FT110", run(0.3, points=20))
