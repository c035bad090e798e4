import numpy as np
import pytest

from ftkit.diagnosis import Reading, diagnose, judge
from ftkit.diagnosis.evidence import Evidence
from ftkit.diagnosis.settings import usual_rates
from ftkit.methods import METHODS
from ftkit.recipe import Recipe, recipe_to_yaml
from ftkit.runfolder import RunFolder
from ftkit.training.actual import recipe_tree
from tests.diagnosis.made_up import barely_moved, by_heart, healthy, history, logging, overfit, still_falling
from tests.diagnosis.test_diagnosis_verdict import RECIPE


def remedies(made, recipe=RECIPE):
    return diagnose(made, recipe).remedies


def changed(recipe, path, value):
    branch, name = path.split(".")
    return {**recipe, branch: {**recipe[branch], name: value}}


def test_overfitting_asks_for_a_shorter_run_first_and_never_for_weight_decay_on_a_short_one():
    found = remedies(history(overfit, by_heart))
    assert [remedy.field for remedy in found] == [
        "training.num_train_epochs",
        "training.learning_rate",
        "method.lora_dropout",
        "method.r",
    ]
    assert found[0].to < found[0].from_ == 2.0
    assert found[1].to < 5e-4


def test_weight_decay_comes_last_on_a_long_run():
    found = remedies(history(overfit, by_heart, steps=5000))
    assert found[-1].field == "training.weight_decay"


def test_a_run_that_steps_end_gets_fewer_steps():
    found = remedies(history(overfit, by_heart), changed(RECIPE, "training.max_steps", 60))
    assert found[0].field == "training.max_steps"
    assert 0 < found[0].to < 60


@pytest.mark.parametrize("course", [overfit, still_falling, barely_moved])
@pytest.mark.parametrize(
    "value", [float("nan"), float("inf"), -1, 0, 10**400, True], ids=lambda value: f"{value}"[:9]
)
def test_settings_that_nobody_can_have_meant_are_taken_for_unknown(course, value):
    """-1 is what a Trainer has for no limit of steps."""
    names = ("learning_rate", "max_steps", "num_train_epochs", "batch_size", "weight_decay")
    recipe = RECIPE | {"training": dict.fromkeys(names, value)}
    for made in (history(course, by_heart), history(course, by_heart, done=0.5)):
        assert remedies(made, recipe) == remedies(made, RECIPE | {"training": {}})
    steps = changed(RECIPE, "training.max_steps", value)
    assert remedies(history(course, by_heart), steps) == remedies(history(course, by_heart))


def test_still_falling_asks_for_more_epochs_before_a_higher_rate():
    found = remedies(history(still_falling))
    assert found[0].field == "training.num_train_epochs"
    assert (found[0].from_, found[0].to) == (2.0, 4.0)
    assert found[1].field == "training.learning_rate"


def test_barely_moved_asks_for_a_higher_rate():
    found = remedies(history(barely_moved), changed(RECIPE, "training.learning_rate", 1e-5))
    assert found[0].field == "training.learning_rate"
    assert found[0].to >= 1e-4


def test_the_rate_of_full_tuning_stays_in_its_range():
    recipe = changed(RECIPE, "training.learning_rate", 5e-5)
    found = remedies(history(barely_moved), {**recipe, "method": {"name": "full"}})
    assert found[0].to <= 1e-4


def test_changing_the_rank_keeps_its_proportion_to_alpha():
    remedy = next(r for r in remedies(history(overfit, by_heart)) if r.field == "method.r")
    assert remedy.changes == {"method.r": 8, "method.lora_alpha": 16}


def test_alpha_follows_where_it_was_automatic():
    found = remedies(history(overfit, by_heart), changed(RECIPE, "method.lora_alpha", "auto"))
    remedy = next(r for r in found if r.field == "method.r")
    assert remedy.changes == {"method.r": 8, "method.lora_alpha": 8}


def test_healthy_offers_an_optional_experiment():
    found = remedies(history(healthy))
    assert found
    assert all(remedy.optional for remedy in found)


def test_automatic_values_are_read_from_the_run():
    found = remedies(history(overfit, by_heart), changed(RECIPE, "training.learning_rate", "auto"))
    rate = next(r for r in found if r.field == "training.learning_rate")
    assert rate.from_ == 5e-4


def test_without_a_recipe_the_history_still_says_what_to_change():
    assert remedies(history(overfit, by_heart), None)[0].field == "training.num_train_epochs"


def test_every_remedy_is_a_valid_change_of_a_recipe():
    for made in (history(overfit, by_heart), history(still_falling), history(barely_moved), history(healthy)):
        recipe = Recipe().changed({"training.learning_rate": 5e-4})
        found = diagnose(made, recipe.model_dump()).remedies
        assert found
        for remedy in found:
            assert recipe.changed(remedy.changes).get(remedy.field) == remedy.to


def test_a_run_that_was_stopped_early_is_not_told_to_double_its_plan():
    made = history(still_falling, epochs=20.0, done=0.2)
    recipe = changed(RECIPE, "training.num_train_epochs", 20.0)
    found = diagnose(made, recipe, ended=True).remedies
    longer = next(remedy for remedy in found if remedy.field == "training.num_train_epochs")
    assert (longer.from_, longer.to) == (20.0, 8.0)
    assert "You stopped after" in longer.reason


def test_a_run_that_was_stopped_in_a_warm_up_of_usual_length_keeps_it():
    made = history(still_falling, steps=60)
    made.total_steps, made.epochs, made.warmup_steps = 3000, 100.0, 100
    recipe = changed(changed(RECIPE, "training.num_train_epochs", 100.0), "training.warmup_steps", 100)
    found = diagnose(made, recipe, ended=True)
    assert "FT005" in {finding.code for finding in found.findings}
    assert [remedy.field for remedy in found.remedies] == ["training.num_train_epochs"]
    made.total_steps, made.epochs = 120, 4.0
    found = diagnose(made, changed(recipe, "training.num_train_epochs", 4.0), ended=True)
    assert found.remedies[0].field == "training.warmup_steps"


def test_a_run_that_was_stopped_before_its_last_step_is_told_to_go_to_its_end():
    """Where steps, not epochs, end it: twice the plan is no advice to somebody who saw a third of it."""
    made = history(healthy, steps=60, evaluations=4, done=0.35)
    found = diagnose(made, changed(RECIPE, "training.max_steps", 60), ended=True).remedies
    (longer,) = [remedy for remedy in found if remedy.field == "training.max_steps"]
    assert (longer.from_, longer.to) == (60, 60)
    assert "of 60 steps" in longer.reason


def test_a_larger_validation_part_is_no_advice_where_the_data_have_one_of_their_own():
    made = history(healthy, evaluations=12, rows=4)
    recipe = {**RECIPE, "data": {"source": "data/pirate", "validation_share": 0.1}}

    def advised(files):
        evidence = Evidence(actual={"data_files": dict.fromkeys(files, "digest")})
        found = judge(Reading(made, ended=True, evidence=evidence), recipe)
        assert found.verdict == "not-enough-evidence"
        return "data.validation_share" in [remedy.field for remedy in found.remedies]

    assert not advised(["data/pirate/train.jsonl", "data/pirate/validation.jsonl"])
    assert advised(["data/pirate-ready/train.jsonl", "data/pirate-ready/validation.jsonl"])
    assert advised(["data/pirate/train.jsonl"])


def test_of_a_part_of_an_epoch_the_steps_are_changed_not_the_epochs():
    recipe = {"training": {"learning_rate": 5e-4}}
    found = diagnose(history(overfit, by_heart, epochs=0.3), recipe, ended=True).remedies
    assert found[0].field == "training.max_steps"
    assert 0 < found[0].to < 60
    found = diagnose(history(still_falling, epochs=0.3), recipe, ended=True).remedies
    assert (found[0].field, found[0].to) == ("training.max_steps", 120)


def test_a_run_that_was_stopped_half_way_is_told_to_end_by_itself_first():
    made = history(still_falling, epochs=2.0, done=0.5)
    first = diagnose(made, changed(RECIPE, "training.num_train_epochs", 2.0), ended=True).remedies[0]
    assert (first.field, first.from_, first.to) == ("training.num_train_epochs", 2.0, 2.0)
    assert "to its end" in first.reason
    assert first.title == "Epochs: 2, to the end this time"


def test_a_run_that_was_stopped_in_its_first_steps_gets_one_whole_epoch():
    made = history(still_falling, steps=600, epochs=20.0, done=0.01)
    found = diagnose(made, changed(RECIPE, "training.num_train_epochs", 20.0), ended=True).remedies
    assert next(r for r in found if r.field == "training.num_train_epochs").to == 1.0


def judged(made, recipe, **actual):
    return judge(Reading(made, evidence=Evidence(actual=actual)), recipe)


def test_a_rate_below_the_usual_is_raised_before_the_run_is_prolonged():
    made = history(still_falling)
    made.learning_rate = [(step, 1e-5) for step, _ in made.train]
    recipe = changed(RECIPE, "training.learning_rate", 1e-5)
    found = judged(made, recipe, peft_config={"peft_type": "LORA"})
    assert found.verdict == "underfitting"
    assert [remedy.field for remedy in found.remedies] == [
        "training.learning_rate",
        "training.num_train_epochs",
    ]
    assert found.remedies[0].to == 4e-4  # the middle of what is usual: its lower end would be slow again


def test_one_class_for_all_asks_for_class_weights():
    made = logging(history(healthy), eval_accuracy=0.8, eval_f1=2 * 0.8 / 1.8 / 3)
    recipe = {**RECIPE, "task": {"name": "classification", "class_weights": False}}
    found = judged(made, recipe, model={"labels": ["a", "b", "c"]})
    assert found.verdict == "underfitting"
    assert (found.remedies[0].field, found.remedies[0].to) == ("task.class_weights", True)


def test_twins_are_not_mended_by_more_of_anything():
    found = judged(history(healthy), RECIPE, leak={"held_out": 10, "same_rows": 5, "same_questions": 5})
    assert found.verdict == "not-enough-evidence"
    assert found.remedies == ()


def test_damage_at_a_high_rate_asks_for_a_lower_one():
    made = history(lambda share: healthy(share) + 3 * max(0.0, 0.1 - abs(share - 0.1)) * 30)
    found = diagnose(made, RECIPE)
    assert "FT113" in {item.code for item in found.findings}
    assert found.remedies[0].field == "training.learning_rate"
    assert found.remedies[0].to < 5e-4


@pytest.mark.parametrize("method", METHODS.values(), ids=METHODS)
def test_a_technique_has_one_range_of_rates(method):
    assert usual_rates(method.id) == method.rates


def test_a_rate_for_other_techniques_is_raised_within_their_own_range():
    recipe = changed(RECIPE, "training.learning_rate", 1e-2)
    found = remedies(history(barely_moved), {**recipe, "method": {"name": "ia3"}})
    assert (found[0].field, found[0].to) == ("training.learning_rate", 0.05)


def test_a_rate_far_above_all_that_works_goes_back_to_what_works():
    def ran_away(share):
        return 2.0 + 3 * share

    found = remedies(history(ran_away, ran_away), changed(RECIPE, "training.learning_rate", 0.5))
    assert (found[0].field, found[0].to) == ("training.learning_rate", 2e-3)
    assert "0.0001 to 0.002" in found[0].reason


def test_a_shorter_run_learns_as_much_as_this_one_had_by_its_best_step():
    # The rates of the made-up run fall like a cosine: at a third of the steps, six tenths of the learning were over.
    found = remedies(
        history(overfit, by_heart, epochs=8.0), changed(RECIPE, "training.num_train_epochs", 8.0)
    )
    best = diagnose(history(overfit, by_heart)).best_step / 60
    assert 8 * best < found[0].to <= 8 * (best + np.sin(np.pi * best) / np.pi) + 0.5
    assert "falls sooner" in found[0].reason
    constant = history(overfit, by_heart, epochs=8.0)
    constant.learning_rate = [(step, 5e-4) for step, _ in constant.learning_rate]
    found = remedies(constant, changed(RECIPE, "training.num_train_epochs", 8.0))
    assert abs(found[0].to - 8 * best) <= 0.5


def test_a_run_that_was_best_at_its_first_evaluation_is_shortened_though_the_base_was_not_evaluated():
    losses = [2.0, 2.1, 2.3, 2.5, 2.7, 2.9, 3.1, 3.3]
    log = [{"step": 10 * n, "eval_loss": loss} for n, loss in enumerate(losses, 1)]
    log += [{"step": step, "loss": 2.0 - step / 50, "learning_rate": 1e-4} for step in range(1, 81)]
    found = diagnose({"log_history": log, "max_steps": 80, "num_train_epochs": 8})
    assert found.verdict == "overfitting"
    assert (found.remedies[0].field, found.remedies[0].to) == ("training.num_train_epochs", 1.0)


def test_a_slower_start_is_not_a_shorter_one():
    made = history(lambda share: 2.0 + 20 * share, lambda share: 2.0 + 20 * share, steps=600)
    for now, offered in ((200, False), (20, True), (0.2, False), (0.03, True)):
        found = remedies(made, changed(RECIPE, "training.warmup_steps", now))
        assert ("training.warmup_steps" in {remedy.field for remedy in found}) is offered


def test_a_bare_history_that_was_still_falling_asks_for_more_steps_first():
    made = history(still_falling)
    series = {"train": made.train, "eval": made.eval, "learning_rate": made.learning_rate}
    first = diagnose(series).remedies[0]
    assert (first.field, first.to) == ("training.max_steps", 2 * made.total_steps)


def test_more_epochs_for_more_evaluations_promise_evaluations():
    found = remedies(history(by_heart, evaluations=2, steps=6))
    assert "Enough evaluations" in found[0].expected_effect


def test_epochs_that_somebody_counted_as_steps_are_not_doubled_into_steps_of_training():
    falling = [2.0 - 0.1 * n for n in range(12)]
    series = {"loss": falling, "val_loss": falling}
    for source in (series, {"epoch": list(range(1, 13)), **series}):
        found = diagnose(source)
        assert found.verdict == "underfitting"
        assert "training.max_steps" not in {remedy.field for remedy in found.remedies}


def test_remedies_start_from_what_the_persons_own_cell_trained_with(tmp_path, monkeypatch):
    """The recipe says 2 epochs, rank 16 and a rate of 2e-4; the cell that ran said otherwise."""
    monkeypatch.chdir(tmp_path)
    folder = RunFolder("own")
    recipe = Recipe().changed({"training.learning_rate": 2e-4})
    folder.write_recipe(recipe_to_yaml(recipe))
    folder.begin()
    made = history(overfit, by_heart, epochs=5.0)
    for name, points in (("loss", made.train), ("eval_loss", made.eval)):
        for step, loss in points:
            folder.append_metrics({"attempt": 1, "step": step, name: loss})
    had = {"training.num_train_epochs": 5.0, "training.learning_rate": 1e-3, "training.max_steps": -1}
    had |= {"method.r": 64, "method.lora_dropout": 0.0}
    adapter = {"r": 64, "lora_alpha": 64, "lora_dropout": 0.0, "peft_type": "LORA"}
    noted = [{"field": path, "recipe": None, "actual": value} for path, value in had.items()]
    facts = {"total_steps": 60, "epochs": 5.0, "arguments": {}, "peft_config": adapter, "differences": noted}
    folder.write_json("actual.json", facts)
    folder.set_state("finished")
    found = {remedy.field: remedy for remedy in diagnose("own").remedies}
    assert found["training.num_train_epochs"].from_ == 5.0
    assert "of 5)" in found["training.num_train_epochs"].reason
    assert found["training.learning_rate"].from_ == 1e-3
    assert (found["method.lora_dropout"].from_, found["method.lora_dropout"].to) == (0.0, 0.1)
    rank = found["method.r"]
    assert (rank.from_, rank.changes) == (64, {"method.r": 32, "method.lora_alpha": 32})
    assert recipe_tree(recipe, facts)["method"]["r"] == 64
    folder.path.joinpath("actual.json").write_text("[[[")
    assert diagnose("own").verdict == "overfitting"


def test_a_shorter_run_reaches_the_step_that_its_reason_names():
    """Best within the warm-up, where next to nothing was learned in the sum of the rates."""
    warm = [(step, 5e-4 * min(1.0, step / 40)) for step in range(1, 101)]
    losses = {
        "train": [1.0 / step for step in range(1, 101)],
        "eval": [[s, 2.0 + abs(s - 20) / 50] for s in range(0, 101, 5)],
    }
    made = {**losses, "learning_rate": warm, "total_steps": 100}
    first = remedies(made, {"training": {"max_steps": 100}})[0]
    assert "Step 20 of 100" in first.reason
    assert first.to >= 20


@pytest.mark.parametrize(("rate", "low"), [(1e-5, True), (2e-3, False)])
def test_only_a_rate_that_can_be_raised_is_called_low(rate, low):
    found = remedies(history(barely_moved), changed(RECIPE, "training.learning_rate", rate))
    longer = next(remedy for remedy in found if remedy.field == "training.num_train_epochs")
    assert ("low rate" in longer.reason) is low
    assert (found[0].field == "training.learning_rate") is low
