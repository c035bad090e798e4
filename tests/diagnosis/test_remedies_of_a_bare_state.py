"""What a trainer's state without a recipe is told to change: small states made up for it."""

import pytest

from ftkit.diagnosis import Reading, diagnose, judge
from ftkit.diagnosis.evidence import Evidence
from tests.diagnosis.made_up import healthy, history, still_falling
from tests.diagnosis.test_diagnosis_verdict import RECIPE


def state(evaluated, trained, *, steps=None, epochs=5, rates=None, every=100, **metrics):
    """A state with an evaluation and a logged training loss every so many steps.

    Parameters
    ----------
    steps, epochs
        What was planned; the steps that were done without a number.
    metrics
        Further values at the evaluations, one each.
    """
    done = every * max(len(evaluated), len(trained))
    steps = steps or done
    log = []
    for n, loss in enumerate(trained, 1):
        rate = rates[n - 1] if rates else 1e-4 * (1 - every * n / (steps + every))
        log.append(
            {"step": every * n, "epoch": epochs * every * n / steps, "loss": loss, "learning_rate": rate}
        )
    for n, loss in enumerate(evaluated, 1):
        noted = {f"eval_{name}": values[n - 1] for name, values in metrics.items()}
        log.append({"step": every * n, "epoch": epochs * every * n / steps, "eval_loss": loss, **noted})
    return {"log_history": log, "global_step": done, "max_steps": steps, "num_train_epochs": -(-epochs // 1)}


def fields(found):
    return [remedy.field for remedy in found.remedies]


FALLING = [1.2, 1.0, 0.85, 0.75, 0.7]
LONGER = {"training.num_train_epochs", "training.max_steps"}


@pytest.mark.parametrize("steps", [1200, 2_400_000])
def test_a_run_that_goes_on_is_not_told_to_plan_a_longer_one(steps):
    found = diagnose(state(FALLING, FALLING, steps=steps))
    assert not LONGER & set(fields(found))


def test_a_run_that_goes_on_keeps_its_plan_with_a_recipe_as_well():
    for course in (healthy, still_falling):
        for done in (0.15, 0.3, 0.6, 0.9):
            found = diagnose(history(course, done=done), RECIPE, ended=False)
            assert not LONGER & set(fields(found))


def test_of_a_run_that_has_hardly_begun_nothing_is_to_be_changed():
    assert diagnose(history(healthy, done=0.15), RECIPE, ended=False).remedies == ()


def test_more_epochs_bring_no_evaluation_that_nobody_asked_for():
    found = diagnose(state([], FALLING))
    assert "FT001" in {finding.code for finding in found.findings}
    assert found.remedies == ()


def test_a_run_that_was_evaluated_on_something_else_than_a_loss_is_not_prolonged_for_it():
    made = state([], FALLING)
    made["log_history"].append({"step": 500, "epoch": 5.0, "eval_f1": 0.8})
    assert diagnose(made, RECIPE).remedies == ()


@pytest.mark.parametrize(("asked", "offered"), [("steps", True), ("no", False)])
def test_only_an_evaluation_that_was_planned_and_did_not_come_asks_for_a_longer_run(asked, offered):
    evidence = Evidence(actual={"arguments": {"eval_strategy": asked}})
    made = history(healthy)
    made.eval, made.evaluations = [], {}
    found = judge(Reading(made, evidence=evidence), RECIPE)
    assert ("training.num_train_epochs" in fields(found)) is offered


@pytest.mark.parametrize("recipe", [None, RECIPE], ids=["bare", "recipe"])
@pytest.mark.parametrize("evaluated", [[1.2, 1.0, 0.9, 0.85], [0.7, 0.65], [0.8, 0.79, 0.9]])
def test_a_run_that_could_be_evaluated_more_often_is_not_prolonged_for_it(evaluated, recipe):
    found = diagnose(state(evaluated, FALLING[: len(evaluated)], every=50), recipe)
    assert "FT002" in {finding.code for finding in found.findings}
    assert fields(found) == ([] if recipe else ["eval_steps"])


@pytest.mark.parametrize("recipe", [None, RECIPE], ids=["bare", "recipe"])
def test_where_the_loss_only_rises_while_the_training_loss_falls_the_run_is_shortened(recipe):
    found = diagnose(state([0.2, 0.24, 0.31], [0.4, 0.15, 0.05], epochs=3), recipe)
    shorter = found.remedies[0 if recipe else 1]
    assert shorter.field == "training.num_train_epochs"
    assert shorter.to < shorter.from_
    assert "rose" in shorter.reason


def test_it_is_not_shortened_where_the_answers_got_better_to_the_end():
    made = state([0.2, 0.24, 0.31], [0.4, 0.15, 0.05], epochs=3, accuracy=[0.8, 0.85, 0.9])
    assert fields(diagnose(made)) == ["eval_steps"]


def test_a_run_of_a_few_steps_has_to_be_longer_to_be_evaluated_more_often():
    found = diagnose(state([1.2, 1.0, 0.85, 0.75], FALLING[:4], every=1), RECIPE)
    assert fields(found)[0] == "training.num_train_epochs"
    assert found.remedies[0].to > found.remedies[0].from_


IN_DOUBT = [1.2, 0.9, 0.8, 0.83, 0.79, 0.815, 0.8, 0.82]


@pytest.mark.parametrize(
    ("metric", "values", "shortened"),
    [
        ("wer", [0.9, 0.8, 0.7, 0.6, 0.55, 0.53, 0.5, 0.48], False),
        ("accuracy", [0.5, 0.6, 0.7, 0.72, 0.75, 0.76, 0.78, 0.8], False),
        ("accuracy", [0.5, 0.6, 0.7, 0.72, 0.8, 0.76, 0.78, 0.75], True),
        ("accuracy", [0.5] * 8, True),
    ],
)
def test_a_rise_in_doubt_does_not_cut_a_run_whose_metric_was_best_at_the_end(metric, values, shortened):
    trained = [1.2, 0.9, 0.8, 0.7, 0.65, 0.6, 0.55, 0.5]
    made = state(IN_DOUBT, trained, epochs=8, rates=[1e-4] * 8, **{metric: values})
    found = diagnose(made)
    assert "FT120" in {finding.code for finding in found.findings}
    assert any(remedy.to < remedy.from_ for remedy in found.remedies) is shortened


def test_epochs_that_are_not_whole_are_those_of_a_run_that_steps_ended():
    rising = [0.3, 0.34, 0.4, 0.45, 0.5]
    found = diagnose(state(rising, [0.2, 0.1, 0.03, 0.01, 0.005], epochs=12.2249, every=1037))
    first = found.remedies[0]
    assert (found.verdict, first.field, first.from_) == ("overfitting", "training.max_steps", 5185)
    assert 1037 <= first.to < 5185
    assert first.to % 100 == 0


def test_epochs_that_are_almost_whole_are_said_as_whole_ones():
    made = state(FALLING, FALLING, epochs=7.99)
    del made["max_steps"], made["num_train_epochs"]
    first = diagnose(made).remedies[0]
    assert (first.field, first.from_, first.to) == ("training.num_train_epochs", 8.0, 16.0)


def test_steps_that_are_doubled_are_rounded_to_two_digits():
    made = history(still_falling, steps=1237, epochs=37.6344)
    assert diagnose(made).remedies[0].to == 2500


def test_a_run_that_is_made_longer_to_see_whether_it_helps_is_a_quarter_longer_at_least():
    slow = [2.0, 1.2, 1.1, 1.05, 1.02, 1.0, 0.98, 0.96]
    for epochs in (4, 5, 10, 38):
        found = diagnose(state(slow, slow, epochs=epochs, rates=[1e-4] * 8))
        longer = next(remedy for remedy in found.remedies if remedy.field == "training.num_train_epochs")
        assert longer.to >= 1.25 * epochs
        assert longer.to == int(longer.to)


BROKE = [2.0, 1.0, 0.6, 0.5, 0.5, 1.6, 2.6, 2.9, 3.0, 3.0]


def warmed_up(over, of=10):
    """Rates that rise over so many of the logged steps and fall after them."""
    return [2e-4 * min(n / over, (of + 1 - n) / (of + 1 - over)) for n in range(1, of + 1)]


def warm_up_advised(made, recipe=None):
    return next((r for r in diagnose(made, recipe).remedies if r.field == "training.warmup_steps"), None)


def test_a_warm_up_that_the_rates_show_is_not_called_unset():
    assert warm_up_advised(state(BROKE, BROKE, rates=warmed_up(3))) is None
    short = state(BROKE, BROKE, rates=[2e-4] * 10)
    short["log_history"].insert(0, {"step": 1, "loss": 2.2, "learning_rate": 4e-6})
    short["log_history"].insert(1, {"step": 50, "loss": 2.1, "learning_rate": 2e-4})
    advised = warm_up_advised(short)
    assert (advised.from_, advised.to) == (50, 0.1)
    assert warm_up_advised(state(BROKE, BROKE, rates=[2e-4] * 10)).from_ is None


def test_a_warm_up_that_fills_the_run_is_said_with_its_steps():
    little = [1.2, 1.15, 1.1, 1.05, 1.0]
    made = state(little, little, rates=[1e-6 * n for n in range(1, 6)])
    advised = warm_up_advised(made)
    assert (advised.from_, advised.to) == (500, 0.05)


def test_a_run_that_goes_on_in_a_warm_up_of_usual_length_keeps_it():
    made = state(FALLING, FALLING, steps=8000, rates=[1e-6 * n for n in range(1, 6)])
    assert diagnose(made).remedies == ()
    assert warm_up_advised(state(FALLING, FALLING, steps=2000, rates=[1e-6 * n for n in range(1, 6)]))


def test_a_rate_that_was_only_logged_is_said_to_be_the_highest_of_the_log():
    rising, fell = [0.3, 0.34, 0.4, 0.45, 0.5], [0.2, 0.1, 0.03, 0.01, 0.005]

    def lowered(made, recipe=None):
        return next(r for r in diagnose(made, recipe).remedies if r.field == "training.learning_rate")

    sparse = lowered(state(rising, fell, rates=[1.7e-5, 1.3e-5, 8.7e-6, 4.4e-6, 0.0]))
    assert sparse.from_ == 1.7e-5
    assert "1.7e-05 is the highest rate in the log" in sparse.reason
    for known in (
        lowered(state(rising, fell, rates=[2e-5] * 5)),
        lowered(state(rising, fell, rates=[1.7e-5, 1.3e-5, 8.7e-6, 4.4e-6, 0.0]), RECIPE),
    ):
        assert "in the log" not in known.reason


def test_a_rate_that_the_trainer_was_given_is_not_read_from_the_log():
    made = history(still_falling)
    evidence = Evidence(actual={"arguments": {"learning_rate": 6e-4}})
    found = judge(Reading(made, evidence=evidence))
    rate = next(remedy for remedy in found.remedies if remedy.field == "training.learning_rate")
    assert rate.from_ == 6e-4
    assert "in the log" not in rate.reason
