import pytest

from ftkit.diagnosis import diagnose
from ftkit.runfolder import History, RunFolder
from tests.diagnosis.made_up import found, healthy, history, passes, why_not


def test_found_half_way_through_the_second_epoch():
    made = history(healthy, epochs=1.5)
    assert found("FT006", made).severity == "tip"


def test_found_where_not_every_example_was_seen():
    assert "80 % of the examples" in found("FT006", history(healthy, epochs=0.8)).sentence


def test_silent_at_the_end_of_an_epoch():
    assert passes("FT006", history(healthy))


def test_not_applicable_while_the_run_goes_on_or_the_epochs_are_unknown():
    assert "still going" in why_not("FT006", history(healthy, done=0.5))
    made = history(healthy)
    made.epochs = None
    assert "not known" in why_not("FT006", made)


@pytest.mark.parametrize(("planned", "done", "share"), [(64, 64, 64), (40, 15, 15)])
def test_of_a_run_that_steps_ended_the_logged_epochs_count(tmp_path, planned, done, share):
    """The trainer rounds the epochs of such a run up to a whole one."""
    folder = RunFolder("pirate-1", root=tmp_path)
    folder.begin()
    folder.write_json("actual.json", {"total_steps": planned, "epochs": 1})
    for step in range(1, done + 1):
        folder.append_metrics({"attempt": 1, "step": step, "loss": 2.0, "epoch": step / 100})
    folder.append_metrics({"attempt": 1, "step": done, "eval_loss": 2.0, "epoch": done / 100})
    folder.set_state("stopped")
    findings = {finding.code: finding for finding in diagnose(folder).findings}
    assert f"saw {share} % of the examples" in findings["FT006"].sentence


@pytest.mark.parametrize("epochs", [1.0, 2.98, 100.0])
@pytest.mark.parametrize("logged", [0, 4])
def test_the_end_is_where_the_trainer_says_and_not_the_last_loss(epochs, logged):
    """Every 500 steps a loss: the last of them comes long before the end."""
    rows = [{"step": 500 * n, "loss": 3 / n, "epoch": epochs * 500 * n / 2450} for n in range(1, logged + 1)]
    rows.append({"step": 2450, "epoch": epochs, "train_runtime": 60.0, "train_loss": 1.2})
    state = {"log_history": rows, "max_steps": 2450, "num_train_epochs": round(epochs)}
    assert passes("FT006", History.from_trainer_state(state), ended=True)


def test_found_where_the_trainer_says_that_it_ended_mid_epoch():
    rows = [{"step": 100, "loss": 1.0, "epoch": 1.0}, {"step": 250, "epoch": 2.5, "train_runtime": 60.0}]
    made = History.from_trainer_state({"log_history": rows, "max_steps": 500, "num_train_epochs": 5})
    assert "2.50 epochs" in found("FT006", made, ended=True).sentence


@pytest.mark.parametrize(
    ("epochs", "share"),
    [(0.5, "50 %"), (0.04, "4 %"), (0.0042, "0.42 %"), (4e-4, "0.04 %"), (1e-7, "less than 0.01 %")],
)
def test_a_run_that_saw_few_of_many_examples_did_not_see_none(epochs, share):
    """A million rows, of which the first hundreds are trained on, are that far from an epoch."""
    assert found("FT006", history(healthy, epochs=epochs)).sentence == f"The run saw {share} of the examples."
