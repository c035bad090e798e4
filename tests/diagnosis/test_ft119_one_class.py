import numpy as np
import pytest

from ftkit.diagnosis.evidence import Evidence
from tests.diagnosis.made_up import barely_moved, found, history, logging, passes, why_not


def scores(truth: np.ndarray, said: np.ndarray) -> tuple[float, float]:
    """Accuracy and macro-F1, over the classes that occur on either side."""
    f1 = []
    for name in np.union1d(truth, said):
        hit = ((truth == name) & (said == name)).sum()
        f1.append(2 * hit / ((truth == name).sum() + (said == name).sum()))
    return float((truth == said).mean()), float(np.mean(f1))


def run(truth: np.ndarray, said: np.ndarray):
    accuracy, f1 = scores(truth, said)
    return logging(history(barely_moved), eval_accuracy=accuracy, eval_f1=f1)


def classes(count: int) -> Evidence:
    return Evidence(actual={"model": {"labels": [f"class {k}" for k in range(count)]}})


@pytest.mark.parametrize("count", [2, 3, 5])
def test_found_where_one_class_is_said_for_all(count):
    truth = np.random.default_rng(0).choice(count, 60, p=[0.6] + [0.4 / (count - 1)] * (count - 1))
    finding = found("FT119", run(truth, np.zeros(60, int)), evidence=classes(count))
    assert finding.verdict == "underfitting"


def test_silent_where_classes_are_told_apart():
    truth = np.random.default_rng(1).choice(3, 90)
    said = np.where(np.arange(90) % 4 == 0, (truth + 1) % 3, truth)
    assert passes("FT119", run(truth, said), evidence=classes(3))
    assert passes("FT119", run(truth, truth), evidence=classes(3))


def test_not_applicable_without_classes_or_scores():
    assert "no classifier" in why_not("FT119", history(barely_moved))
    assert "macro-F1" in why_not("FT119", history(barely_moved), evidence=classes(2))
