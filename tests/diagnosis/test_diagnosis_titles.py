"""A remedy is called as the form calls it, and a terminal says besides what to write into the recipe."""

from __future__ import annotations

import pytest

from ftkit.diagnosis import Remedy, diagnose
from ftkit.diagnosis.titles import NAMES
from ftkit.methods import METHODS
from ftkit.recipe.tree import descriptions
from ftkit.tasks import TASKS
from tests.diagnosis.made_up import by_heart, history, overfit
from tests.diagnosis.test_diagnosis_verdict import RECIPE


def remedy(path, old, new, *also):
    return Remedy(path, old, new, "Why.", "Better.", also)


def test_the_names_are_the_forms_own():
    forms = [descriptions(method, task) for method in METHODS for task in TASKS]
    for path, name in NAMES.items():
        assert {form[path].label for form in forms if path in form} == {name}, path


@pytest.mark.parametrize(
    ("one", "title"),
    [
        (remedy("training.num_train_epochs", 3.0, 6.0), "Epochs: 3 → 6"),
        (remedy("training.num_train_epochs", 2.0, 2.0), "Epochs: 2, to the end this time"),
        (remedy("training.learning_rate", 5e-4, 2.5e-4), "Learning rate: 0.0005 → 0.00025"),
        (remedy("training.max_steps", 24, 48), "Stop after: 24 → 48 steps"),
        (remedy("training.max_steps", None, 48), "Stop after: not set → 48 steps"),
        (remedy("training.warmup_steps", 100, 0.05), "Warm-up: 100 steps → 5 % of the run"),
        (remedy("training.max_steps", None, 1), "Stop after: not set → 1 step"),
        (remedy("training.warmup_steps", 0.03, 0.1), "Warm-up: 3 % of the run → 10 % of the run"),
        (remedy("training.warmup_steps", None, 0.1), "Warm-up: automatic → 10 % of the run"),
        (remedy("task.class_weights", False, True), "Weigh rare classes: off → on"),
        (remedy("method.r", 16, 8, ("method.lora_alpha", 32, 16)), "Rank: 16 → 8, Alpha: 32 → 16"),
    ],
)
def test_values_read_as_people_say_them(one, title):
    assert one.title == title


def test_a_terminal_says_what_to_write_into_the_recipe():
    both = str(remedy("method.r", 16, 8, ("method.lora_alpha", 32, 16)))
    assert (
        both == "Rank: 16 → 8, Alpha: 32 → 16 (method.r = 8, method.lora_alpha = 16). Why. Expected: Better."
    )
    assert "(training.warmup_steps = 0.1)" in str(remedy("training.warmup_steps", None, 0.1))
    assert "=" not in str(remedy("training.num_train_epochs", 2.0, 2.0))  # there is nothing to write


def test_every_remedy_of_a_diagnosis_has_such_a_name_and_keeps_its_field_as_data():
    found = diagnose(history(overfit, by_heart), RECIPE)
    assert "Epochs: 2 → 1.5 (training.num_train_epochs = 1.5)." in found.text()
    assert found.to_json()["remedies"][0]["field"] == "training.num_train_epochs"
    assert all(path in NAMES for one in found.remedies for path in one.changes)
