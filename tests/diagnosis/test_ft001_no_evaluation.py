from ftkit.diagnosis import diagnose
from ftkit.runfolder import History
from tests.diagnosis.made_up import found, healthy, history, passes


def test_found_where_nothing_was_evaluated():
    assert found("FT001", History(train=[(1, 2.0), (2, 1.5)])).verdict == "not-enough-evidence"


def test_found_where_no_evaluation_is_a_number():
    made = History(train=[(1, 2.0)], eval=[(1, float("nan"))])
    assert found("FT001", made).sentence == "The only evaluation loss is no number."


def test_silent_with_evaluations():
    assert passes("FT001", history(healthy))


def test_evaluations_without_a_loss_are_no_missing_evaluations():
    rows = [{"step": 10 * n, "loss": 2 / n, "epoch": n / 5} for n in range(1, 11)]
    timed = {"eval_runtime": 2.0, "eval_samples_per_second": 80.0}
    rows += [{"step": 10 * n, "eval_f1": 0.5 + n / 30, "epoch": n / 5, **timed} for n in range(1, 11)]
    outcome = diagnose({"log_history": rows, "max_steps": 100, "num_train_epochs": 2})
    assert outcome.verdict == "not-enough-evidence"
    assert "evaluated 10 times, but without a loss (only eval_f1)" in outcome.sentence
    finding = next(item for item in outcome.findings if item.code == "FT001")
    assert "loss" in finding.title
    assert "eval_loss" in finding.try_
    # More epochs would bring more evaluations without a loss.
    assert not outcome.remedies


def test_evaluations_that_only_took_time_name_no_metric():
    rows = [{"step": 10, "loss": 2.0}, {"step": 10, "eval_runtime": 2.0}]
    assert "without a loss." in found("FT001", History.from_trainer_state({"log_history": rows})).sentence


def test_it_names_the_settings_that_evaluate():
    words = found("FT001", History(train=[(1, 2.0), (2, 1.5)])).try_
    for name in ("validation part", "eval_dataset", 'eval_strategy="steps"', "eval_steps"):
        assert name in words
