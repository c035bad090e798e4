"""What a run needs, from the task and the technique: the models that are in memory, and what it writes at once."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from ftkit.hardware import Beside, memory_estimate
from ftkit.methods import METHODS
from ftkit.recipe import from_presets, resolve
from ftkit.recipe.needs import beside, memory_needed, tokens_at_once
from ftkit.tasks import TASKS
from tests.recipe.made_up import FACTS, LAPTOP, STARTER

PROMPT, ANSWER = 100, 64


def needed(task: str, method: str, **settings: Any) -> tuple[Beside, int]:
    """What is beside the model, and all of it, for a batch of eight with prompts of a hundred tokens."""
    chosen, technique = TASKS[task], METHODS[method]
    given = chosen.settings(**settings)
    its = technique.resolve(technique.settings())[0]
    found = beside(chosen, given, technique, STARTER, longest=PROMPT, batch=8)
    everything = memory_needed(chosen, given, technique, its, STARTER, LAPTOP, longest=PROMPT, batch=8)
    return found, everything.value


@pytest.mark.parametrize(
    ("method", "models"),
    # With a fresh adapter off, the base is the model that starts. A soft prompt speaks from the start, PiSSA has moved
    # a part of the base: then a copy is kept.
    [("lora", 0), ("ia3", 0), ("full", 1), ("freeze", 1), ("pissa", 1), ("prompt-tuning", 1)],
)
def test_ppo_keeps_the_model_that_starts_and_trains_a_value_head(method: str, models: int) -> None:
    found, _ = needed("ppo", method)
    assert found == Beside(models, STARTER.hidden + 1, 8 * (PROMPT + ANSWER))


@pytest.mark.parametrize("task", ["grpo", "rloo"])
@pytest.mark.parametrize(("method", "models"), [("lora", 0), ("prompt-tuning", 0), ("full", 1)])
def test_trl_s_trainers_switch_the_adapter_off(task: str, method: str, models: int) -> None:
    assert needed(task, method)[0] == Beside(models, 0, 8 * (PROMPT + ANSWER))


@pytest.mark.parametrize(("task", "models"), [("dpo", 1), ("kto", 1), ("orpo", 0), ("sft", 0), ("reward", 0)])
def test_pairs_are_held_against_the_base(task: str, models: int) -> None:
    assert needed(task, "full")[0] == Beside(models)
    assert needed(task, "lora")[0] == Beside()


@pytest.mark.parametrize("task", ["ppo", "grpo", "rloo"])
def test_a_model_that_rewards_is_one_more(task: str) -> None:
    by_function, by_run = needed(task, "lora"), needed(task, "lora", reward="judge-1")
    assert by_run[0].models == by_function[0].models + 1
    assert by_run[1] - by_function[1] == 4 * (STARTER.parameters + 4_884_480)


def test_all_of_it_is_the_sum_of_its_parts() -> None:
    """PPO on every weight: policy with gradients and moments, a frozen copy, the value head, the answers it learns from."""
    at_work = memory_estimate(STARTER, "lora", 0, LAPTOP, micro_batch=1, length=PROMPT + ANSWER).value
    alone = memory_estimate(STARTER, "full", STARTER.parameters, LAPTOP, micro_batch=1, length=164).value
    assert needed("ppo", "full")[1] == alone + 4 * STARTER.parameters + 16 * (STARTER.hidden + 1)
    assert alone > at_work


def test_pairs_and_answers_make_a_row_longer() -> None:
    assert tokens_at_once(TASKS["sft"], None, 100) == 100
    assert tokens_at_once(TASKS["dpo"], None, 100) == 200
    assert tokens_at_once(TASKS["ppo"], TASKS["ppo"].settings(max_completion_length=30), 100) == 130


def test_a_task_that_compares_rows_is_reckoned_with_as_many() -> None:
    assert TASKS["kto"].least_micro_batch > 1
    task, technique = TASKS["kto"], METHODS["lora"]
    settings = technique.resolve(technique.settings())[0]
    found = memory_needed(task, task.settings(), technique, settings, STARTER, LAPTOP, longest=64, batch=8)
    assert f"{task.least_micro_batch} examples of up to" in found.reason


def test_the_micro_batch_leaves_room_for_the_other_models() -> None:
    """A machine on which two examples fit beside the model, but not beside the model and its copy."""
    room = replace(LAPTOP, memory=int(5.5e9))
    at_once = {}
    for task in ("orpo", "dpo"):
        recipe = from_presets(task=task, method="full", batch_size=8, max_length=100)
        at_once[task] = resolve(recipe, room, FACTS, STARTER).recipe.training.per_device_train_batch_size
    assert at_once == {"orpo": 2, "dpo": 1}
