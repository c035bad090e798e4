import numpy as np

from tests.diagnosis.made_up import found, healthy, history, passes, why_not


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
