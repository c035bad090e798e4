from ftkit.diagnosis import diagnose
from ftkit.diagnosis.evidence import Evidence
from tests.diagnosis.made_up import found, healthy, history, passes, why_not


def took(training: float, evaluating: float) -> Evidence:
    return Evidence(speed={"training": training, "evaluating": evaluating})


def test_found_where_measuring_takes_most_of_it():
    assert found("FT202", history(healthy), evidence=took(60.0, 90.0)).evidence["share"] == 0.6


def test_silent_where_it_takes_little():
    assert passes("FT202", history(healthy), evidence=took(600.0, 90.0))


def test_a_short_run_is_not_bothered():
    assert "minute" in why_not("FT202", history(healthy), evidence=took(3.0, 9.0))


def test_read_from_a_trainers_state():
    log = [{"step": k, "eval_loss": 2.0, "eval_runtime": 30.0} for k in range(0, 60, 10)]
    log += [{"step": 60, "train_runtime": 200.0, "train_loss": 1.0}]
    assert "FT202" in {item.code for item in diagnose({"log_history": log}).findings}


def test_not_applicable_without_times():
    assert "not recorded" in why_not("FT202", history(healthy))
