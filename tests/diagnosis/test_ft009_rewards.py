from ftkit.diagnosis import CHECKS, diagnose, should_stop
from ftkit.runfolder import History
from tests.diagnosis.made_up import found, healthy, history, why_not


def rewarded(*, broken: bool = False, evaluated: bool = True) -> History:
    """A run whose loss, read as one, would be called overfitting: it falls, turns and spikes."""
    rows = []
    for step in range(61):
        loss = 5.0 if step in (30, 45) else abs(step - 20) / 100
        rows.append(
            {"step": step, "loss": float("nan") if broken and step >= 50 else loss, "reward": step / 60}
        )
        if step % 5 == 0 and evaluated:
            rows.append({"step": step, "eval_loss": abs(step - 20) / 10, "eval_reward": 0.2 + step / 100})
    return History.from_rows(rows, total_steps=60)


def test_the_loss_of_a_run_that_learns_from_rewards_is_not_read():
    diagnosis = diagnose(rewarded())
    assert diagnosis.verdict == "not-enough-evidence"
    assert "from 0.200 (the untouched model) to 0.800 at step 60" in diagnosis.sentence
    assert diagnosis.best_step == 60
    assert diagnosis.numbers["base_reward"] == 0.2
    assert [finding.code for finding in diagnosis.findings] == ["FT009"]
    assert len(diagnosis.findings) + len(diagnosis.passed) + len(diagnosis.not_applicable) == len(CHECKS)
    assert should_stop(rewarded()) == (False, "It learns from rewards: its loss is no reason to stop.")


def test_the_same_losses_alone_would_have_been_judged():
    made = rewarded()
    made.reward, made.eval_reward = [], []
    assert diagnose(made).verdict == "unstable"


def test_a_loss_that_is_no_number_is_still_found():
    assert diagnose(rewarded(broken=True)).verdict == "unstable"
    assert should_stop(rewarded(broken=True))[0]


def test_a_soft_prompt_does_not_start_as_the_untouched_model():
    made = rewarded()
    made.measured_base = 0.0
    assert "from 0.200 (step 0) to" in found("FT009", made).sentence


def test_without_a_held_out_reward_it_says_so():
    assert "no reward on held-out prompts" in found("FT009", rewarded(evaluated=False)).sentence


def test_not_applicable_to_a_run_with_losses():
    assert why_not("FT009", history(healthy)) == "no reward was logged"


def test_more_of_it_is_the_remedy():
    made = rewarded()
    remedies = diagnose(made, {"training": {"num_train_epochs": 1.0}}).remedies
    assert [(remedy.field, remedy.to) for remedy in remedies] == [("training.num_train_epochs", 2.0)]
