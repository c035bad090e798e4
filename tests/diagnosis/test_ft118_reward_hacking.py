from ftkit.diagnosis import diagnose
from ftkit.runfolder import History
from tests.diagnosis.made_up import found, healthy, history, logging, passes, why_not


def run(**series) -> History:
    made = logging(history(healthy), reward=lambda share: 0.2 + 0.6 * share, **series)
    made.reward = [(step, 0.2 + 0.6 * step / 60) for step, _ in made.train]
    return made


HACKED = {
    "kl": lambda share: 0.05 + 3 * share,
    "completions__mean_length": lambda share: 40 + 100 * share,
    "entropy": lambda share: 2.0 - 1.9 * share,
}


def test_found_where_all_three_go_wrong():
    finding = found("FT118", run(**HACKED))
    assert set(finding.evidence) == {"reward", "kl", "completions/mean_length", "entropy"}
    assert "length from" in finding.sentence


def test_two_signs_are_enough_and_one_is_not():
    calm = HACKED | {"kl": 0.02}
    assert found("FT118", run(**calm))
    assert passes("FT118", run(**(calm | {"entropy": 2.0})))


def test_silent_where_the_reward_does_not_rise():
    made = run(**HACKED)
    for row in made.rows:
        row.update({"reward": 0.2} if "reward" in row else {})
    assert passes("FT118", made)


def test_it_does_not_replace_the_verdict():
    assert diagnose(run(**HACKED)).verdict == "not-enough-evidence"


def test_not_applicable_without_rewards_or_signs():
    assert "no reward" in why_not("FT118", history(healthy))
    assert "two of" in why_not("FT118", run(kl=0.1))
