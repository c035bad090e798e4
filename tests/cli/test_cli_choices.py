"""``ftkit methods`` and ``ftkit tasks``: every technique with exact counts, the unusable ones with their reason."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from ftkit.methods import METHODS
from ftkit.tasks import TASKS

KEYS = {"id", "trainable", "total", "memory", "time", "fits", "reason"}


def told(*arguments: str) -> tuple[int, object]:
    done = subprocess.run(
        [sys.executable, "-m", "ftkit.cli", *arguments, "--json"], capture_output=True, text=True
    )
    return done.returncode, json.loads(done.stdout)


def test_every_technique_is_listed_for_the_starter():
    code, lines = told("methods", "--model", "smollm2-135m", "--task", "sft")
    assert code == 0
    assert [line["id"] for line in lines] == list(METHODS)
    for line in lines:
        assert set(line) >= KEYS
        assert isinstance(line["trainable"], int)
        assert line["reason"]
    counts = {line["id"]: line["trainable"] for line in lines}
    assert counts["lora"] == 4_884_480
    assert counts["full"] == 134_515_008


def test_what_does_not_fit_says_so():
    _, lines = told("methods", "--model", "llama-3.3-70b")
    full = next(line for line in lines if line["id"] == "full")
    assert full["fits"] is False
    assert "smaller model" in full["reason"]


def test_a_reward_model_has_a_head_of_one_number():
    _, sft = told("methods", "--task", "sft")
    _, reward = told("methods", "--task", "reward")
    more = {a["id"]: b["trainable"] - a["trainable"] for a, b in zip(sft, reward, strict=True)}
    assert more["lora"] == more["full"] == 576


@pytest.mark.parametrize("arguments", [("--task", "sing"), ("--model", "no such")])
def test_what_there_is_not_is_one_message(arguments):
    code, document = told("methods", *arguments)
    assert code == 2
    assert document["error"]


def test_every_task_is_listed():
    code, lines = told("tasks")
    assert code == 0
    assert [line["id"] for line in lines] == list(TASKS)
    assert all(line["title"] for line in lines)


def test_a_technique_that_cannot_be_used_is_refused_before_anything_runs(
    tmp_path, tiny_model_folder, tiny_data
):
    from ftkit.recipe import from_presets, recipe_to_yaml

    recipe = from_presets(run="no", model=str(tiny_model_folder), data=str(tiny_data), method="bitfit")
    file = tmp_path / "recipe.yaml"
    file.write_text(recipe_to_yaml(recipe), encoding="utf-8")
    code, document = told("cells", str(file))
    assert code == 2
    assert "no biases" in document["error"]
    assert "norm tuning" in document["remedy"].lower()


def test_each_technique_is_listed_with_a_line_on_what_it_does():
    done = subprocess.run([sys.executable, "-m", "ftkit.cli", "methods"], capture_output=True, text=True)
    lines = done.stdout.splitlines()
    for method in METHODS.values():
        (line,) = [line for line in lines if line.startswith(f"{method.id} ") and method.summary in line]
        assert method.label in line
    _, listed = told("methods")
    assert [line["summary"] for line in listed] == [method.summary for method in METHODS.values()]
