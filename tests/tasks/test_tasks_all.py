"""What every task has to state, whatever it is."""

from __future__ import annotations

import math
import re
from dataclasses import replace
from types import SimpleNamespace

import pytest

from ftkit.cells.mixture import WEIGHTS
from ftkit.cells.reading import drift, read
from ftkit.cells.train_cell import train_source
from ftkit.cells.writing import _checked
from ftkit.data.forms import FORMS
from ftkit.fields import Choice
from ftkit.methods import METHODS
from ftkit.tasks import TASKS
from ftkit.tasks.multi_task import mixture
from ftkit.tasks.rewards import FUNCTION
from tests.cells.resolved_recipes import FACTS, LAPTOP, resolved
from tests.fields.test_fields_source import ruff_changes

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


@pytest.mark.parametrize("task", ["sft", "domain", "multi-task", "grpo", "rloo", "ppo"])
def test_how_undecided_a_model_is_is_translated_from_nats_into_ways_to_go_on(task):
    (reading,) = [metric.reading for metric in TASKS[task].metrics if metric.key == "entropy"]
    said = [(int(nats), int(ways)) for nats, ways in re.findall(r"at (\d) about (\d+)", reading)]
    assert len(said) == 3
    for nats, ways in said:
        assert ways == pytest.approx(math.exp(nats), rel=0.11)
    assert "at 0 one," in reading


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


@EVERY
@pytest.mark.parametrize("longest", [FACTS.longest, 5000])
def test_its_train_cell_is_formatted_and_says_what_the_form_says(task, longest, tmp_path):
    rewards = (FUNCTION, "judge-1") if "reward" in task.settings.model_fields else ("",)
    written = []
    for reward in rewards:
        plan = resolved(
            task=task.id,
            facts=replace(FACTS, longest=longest),
            machine=LAPTOP,
            **({"reward": reward} if reward else {}),
        )
        written.append(
            _checked("train", train_source(plan, SimpleNamespace(tools=False, form="sft")), "x").source
        )
        values = read(written[-1], "train")
        assert values["training.learning_rate"] == plan.recipe.training.learning_rate
        assert values["training.batch_size"] == plan.recipe.training.batch_size
        mixed = mixture(plan.recipe.data.source, plan.recipe.task)
        assert values.pop(WEIGHTS, {}) == {name: weight for name, (_, weight) in mixed.items()}
        for path, value in values.items():
            if path.startswith("task."):
                assert value == plan.recipe.get(path)
        assert drift(written[-1], written[-1], "train") == []
    assert ruff_changes(tmp_path / "cells", written) == ""


def test_steps_are_counted_in_answers_where_the_model_writes_them():
    plan = resolved(task="grpo", batch_size=8, num_generations=4, num_train_epochs=2)
    assert plan.total_steps == 2 * (FACTS.train_rows // 2)
    assert resolved(task="grpo", max_steps=7).total_steps == 7


def test_kto_never_works_on_one_row_at_a_time():
    tight = replace(LAPTOP, memory=2**30, memory_free=2**29)
    assert resolved(task="dpo", machine=tight).recipe.training.per_device_train_batch_size == 1
    for batch in (7, 8, 9):
        micro = resolved(
            task="kto", machine=tight, batch_size=batch
        ).recipe.training.per_device_train_batch_size
        assert micro >= 2
        assert batch % micro == 0
