"""Several data sets in one training: drawn by their weights, and each task's loss told apart."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
import torch

from ftkit.errors import CellError, RecipeError
from ftkit.recipe import from_presets, recipe_from_yaml, recipe_to_yaml
from ftkit.tasks import TASKS
from ftkit.tasks.multi_task import as_in_cell, as_settings, mixture
from tests.tasks.trained import planned, train
from tests.tiny import tiny_rows, write_jsonl


@pytest.fixture(scope="module")
def mixed(tiny_model_folder: Path, tmp_path_factory: Any) -> Any:
    """A run on 32 examples of one task (weight 1) and 12 of another (weight 3)."""
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(tmp_path_factory.mktemp("multi"))
        plan = planned(tiny_model_folder, "multi", "multi-task", data="repeat.jsonl")
        yield train(plan, tiny_model_folder, "sft")


def test_the_weights_say_how_often_each_task_is_drawn(mixed):
    _, names = mixed
    rows = names["trainer"].train_dataset
    assert Counter(rows["task"]) == {"repeat": 11, "others": 33}
    spelled = Counter(row["prompt"][-1]["content"] for row in rows if row["task"] == "others")
    assert len(spelled) == 12
    assert max(spelled.values()) - min(spelled.values()) <= 1


def test_each_task_has_its_own_loss_on_record_and_it_is_that_of_its_rows(mixed):
    run, names = mixed
    rows = [json.loads(line) for line in (run.path / "metrics.jsonl").read_text().splitlines()]
    at = {row["step"]: row for row in rows if "eval_others_loss" in row}
    evaluated = [row["step"] for row in rows if "eval_loss" in row]
    assert sorted(at) == sorted(set(evaluated))
    trainer = names["trainer"]
    model, best = trainer.model.eval(), trainer.state.best_global_step
    for task in ("repeat", "others"):
        total, tokens = 0.0, 0
        for row in trainer.eval_dataset:
            if row["task"] != task:
                continue
            ids = torch.tensor([row["input_ids"]])
            with torch.no_grad():
                logits = model(input_ids=ids).logits[0, :-1]
            labels = torch.tensor(row["labels"])[1:]
            scored = labels != -100
            total += float(torch.nn.functional.cross_entropy(logits[scored], labels[scored], reduction="sum"))
            tokens += int(scored.sum())
        assert at[best][f"eval_{task}_loss"] == pytest.approx(total / tokens, rel=1e-3)
        assert at[best][f"eval_{task}_loss"] < at[0][f"eval_{task}_loss"]


def test_names_come_from_the_files_and_are_told_apart():
    settings = from_presets(
        task="multi-task", also=[{"source": "b/poems.csv", "weight": 2}, {"source": "user/poems"}]
    ).task
    found = mixture("a/poems.jsonl", settings)
    assert found == {
        "poems": ("a/poems.jsonl", 1.0),
        "poems-2": ("b/poems.csv", 2.0),
        "poems-3": ("user/poems", 1.0),
    }


def test_a_recipe_with_several_data_sets_survives_its_file():
    recipe = from_presets(task="multi-task", data="a.jsonl", also=[{"source": "b.jsonl", "weight": 0.5}])
    assert recipe_from_yaml(recipe_to_yaml(recipe)) == recipe


@pytest.mark.parametrize(
    "also", [[{"source": "b", "weight": 0}], [{"source": ""}], [{"weight": 1}], "b.jsonl"]
)
def test_what_is_no_data_set_is_refused(also):
    with pytest.raises(RecipeError):
        from_presets(task="multi-task", also=also)


def test_one_data_set_is_nothing_to_mix():
    recipe = from_presets(task="multi-task", data="a.jsonl")
    assert "nothing to mix" in str(TASKS["multi-task"].obstacle(recipe.task, recipe.training))


def test_the_plan_counts_all_data_sets(tiny_model_folder, tmp_path, monkeypatch):
    from ftkit.cli.planning import plan

    monkeypatch.chdir(tmp_path)
    for name, count in (("a", 40), ("b", 20)):
        rows = [{"question": row["prompt"], "answer": row["answer"]} for row in tiny_rows(count, seed=count)]
        write_jsonl(f"{name}.jsonl", rows)
    presets: dict[str, Any] = {"task": "multi-task", "data": "a.jsonl", "model": str(tiny_model_folder)}
    made = plan(from_presets(**presets, also=[{"source": "b.jsonl"}]))
    assert made.resolved.facts.train_rows == 32 + 16
    names: dict[str, Any] = {"model_path": str(tiny_model_folder)}
    exec(compile(made.cells["data"].source, "<data>", "exec"), names)
    assert len(names["data"]["train"]) + len(names["others"]["b"]["train"]) == 48
    with pytest.raises(CellError, match="nothing to mix"):
        plan(from_presets(**presets))


def test_the_files_of_all_data_sets_are_on_record(tmp_path, monkeypatch):
    from ftkit.training.actual import data_files

    monkeypatch.chdir(tmp_path)
    for name in ("a", "b"):
        write_jsonl(f"{name}.jsonl", tiny_rows(4, seed=len(name)))
    also = [{"source": "b.jsonl"}, {"source": "gone.jsonl"}]
    files, notes = data_files(from_presets(task="multi-task", data="a.jsonl", also=also))
    assert sorted(files) == ["a.jsonl", "b.jsonl"]
    assert len(notes) == 1
    assert "gone.jsonl" in notes[0]
    assert data_files(None) == ({}, [])


def test_a_data_set_can_be_given_a_name():
    also = [{"source": "b/poems.csv", "name": "verse"}, {"source": "c/verse.csv"}]
    settings = from_presets(task="multi-task", also=also).task
    assert list(mixture("a/poems.jsonl", settings)) == ["poems", "verse", "verse-2"]


@pytest.mark.parametrize("name", ["", "../up", "a/b", "a\\b", "a.b", "line\nbreak", "x" * 81, 5, True])
def test_a_name_that_is_no_name_is_refused(name):
    with pytest.raises(RecipeError):
        from_presets(task="multi-task", data="a", also=[{"source": "b", "name": name}])


def test_what_a_cell_says_of_the_data_sets_becomes_the_form_s():
    also = [{"source": "b/poems.csv", "weight": 3.0}, {"source": "jokes.csv", "name": "fun"}]
    recipe = from_presets(task="multi-task", data="a/facts.jsonl", also=also)

    def taken(**values: Any) -> Any:
        changes = as_settings({f"task.{key}": value for key, value in values.items()}, recipe)
        return recipe.changed(changes)

    songs = taken(also={"poems": "c/songs.csv", "fun": "jokes.csv", "maths": "maths.csv"})
    assert mixture("a/facts.jsonl", songs.task) == {
        "facts": ("a/facts.jsonl", 1.0),
        "poems": ("c/songs.csv", 3.0),
        "fun": ("jokes.csv", 1.0),
        "maths": ("maths.csv", 1.0),
    }
    assert [one.name for one in songs.task.also] == ["poems", "fun", None]
    weights = {"poems": 0.5, "facts": 2, "fun": 1.0}
    weighed = taken(weights=weights)
    assert {name: weight for name, (_, weight) in mixture("a/facts.jsonl", weighed.task).items()} == weights
    assert as_settings({"task.weights": {"facts": 1, "others": 2}}, recipe) == {}, (
        "which is which is not known"
    )
    assert as_settings({"training.seed": 1}, recipe) == {"training.seed": 1}


def test_the_form_s_data_sets_become_what_a_cell_says():
    also = [{"source": "b/poems.csv", "weight": 3.0}]
    recipe = from_presets(task="multi-task", data="a/facts.jsonl", also=also)
    values = {"task.also": recipe.task.also, "training.seed": 1}
    assert as_in_cell(values, "data", recipe) == {"task.also": {"poems": "b/poems.csv"}, "training.seed": 1}
    expected = {"task.weights": {"facts": 1.0, "poems": 3.0}, "training.seed": 1}
    assert as_in_cell(values, "train", recipe) == expected
    assert as_in_cell({"task.weight": 1.0, "training.seed": 1}, "train", recipe) == expected
    assert as_in_cell({"task.beta": 1.0}, "train", from_presets(task="dpo")) == {"task.beta": 1.0}


def test_the_train_cell_refuses_examples_without_a_weight(tmp_path):
    from ftkit.cells import write
    from tests.cells.resolved_recipes import inspected, resolved

    also = [{"source": "poems.jsonl"}]
    recipe = resolved(task="multi-task", data="facts.jsonl", also=also)
    source = write(recipe, inspected())["train"].source
    line = next(line for line in source.splitlines() if line.startswith("assert "))
    before = 'tasks = {"facts": data, **others}\nweights = {"facts": 1.0, "poems": 1.0}\n'
    assert before in source
    exec(before + line, {"data": [], "others": {"poems": []}})
    for others in ({"facts": []}, {"poems": [], "jokes": []}, {}):
        with pytest.raises(AssertionError, match="weight"):
            exec(before + line, {"data": [], "others": others})
