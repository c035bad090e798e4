"""What every task has to state, whatever it is."""

from __future__ import annotations

import pytest

from ftkit.data.forms import FORMS
from ftkit.fields import Choice
from ftkit.methods import METHODS
from ftkit.tasks import TASKS

EVERY = pytest.mark.parametrize("task", TASKS.values(), ids=TASKS)


@EVERY
def test_it_states_what_the_house_asks_for(task):
    for name in ("id", "title", "summary", "choose_when", "trainer", "arguments"):
        assert getattr(task, name), name
    assert task.settings().name == task.id
    assert task.id in FORMS[task.form].TASKS
    assert set(task.more_arguments(task.settings())) <= set(task.defaults)
    for metric in task.metrics:
        assert metric.label
        assert metric.reading.endswith(".")


@EVERY
@pytest.mark.parametrize("method", METHODS)
def test_it_starts_from_a_rate_with_a_reason(task, method):
    choice = task.learning_rate(Choice(4e-4, "so"), method)
    assert 0 < choice.value <= 4e-4
    assert choice.reason


def test_preferences_take_a_tenth_and_classifiers_the_usual_starts():
    assert TASKS["dpo"].learning_rate(Choice(5e-4, ""), "lora").value == 5e-5
    assert TASKS["classification"].learning_rate(Choice(2e-5, ""), "full").value == 2e-5
    assert TASKS["classification"].learning_rate(Choice(5e-4, ""), "lora").value == 2e-4
