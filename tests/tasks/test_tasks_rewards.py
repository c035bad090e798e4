"""What rewards answers: a reward model's run, named in the recipe, proves that it is that model before it judges."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file

import ftkit
from ftkit.cells import read_values, set_values
from ftkit.cells.editing import set_follow
from ftkit.errors import IdentityError, RecipeError, RunError
from ftkit.methods import METHODS
from ftkit.recipe import from_presets
from ftkit.tasks import TASKS
from ftkit.tasks.rewards import reward_obstacle, reward_source
from tests.tasks.trained import data_files, planned, rewarding_letters, rows_for, train

HOSTILE = 'x"); import os; os.abort(); ("'


@pytest.fixture(scope="module")
def judge(tiny_model_folder: Path, tmp_path_factory: Any) -> Any:
    """A working directory with the reward model's run `judge`, and what its cells left in the kernel."""
    folder = tmp_path_factory.mktemp("judge")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        data = data_files(folder / "data", "preference")
        plan = planned(tiny_model_folder, "judge", "reward", data=str(data))
        _, names = train(plan, tiny_model_folder, "preference")
        yield folder, names


@pytest.fixture
def here(judge: Any, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(judge[0])
    return Path(judge[0])


def asked() -> tuple[list[Any], list[Any]]:
    rows = rows_for("preference", 6)
    return [row["prompt"] for row in rows] * 2, [row[side] for side in ("chosen", "rejected") for row in rows]


def test_it_gives_the_numbers_that_the_trained_model_gives(judge, here):
    prompts, answers = asked()
    given = ftkit.reward_model("judge")(prompts=prompts, completions=answers, trainer_state=None)
    model, tokenizer = judge[1]["trainer"].model.eval(), judge[1]["tokenizer"]
    for number, prompt, answer in zip(given, prompts, answers, strict=True):
        ids = tokenizer.apply_chat_template(prompt + answer, return_tensors="pt", return_dict=True)
        with torch.no_grad():
            assert number == pytest.approx(float(model(**ids).logits[0, 0]), abs=1e-4)
    assert sum(given[:6]) > sum(given[6:]) + 0.1


def test_it_is_a_model_of_its_own_that_does_not_train(judge, here):
    loaded = ftkit.reward_model("judge")
    assert loaded.tuned_difference < 1e-3
    assert loaded.model is not judge[1]["trainer"].model
    assert not any(weight.requires_grad for weight in loaded.model.parameters())


def test_another_adapter_in_its_folder_is_refused(here, tmp_path, monkeypatch):
    shutil.copytree(here / "ftkit-runs", tmp_path / "ftkit-runs")
    monkeypatch.chdir(tmp_path)
    weights = tmp_path / "ftkit-runs" / "judge" / "adapter" / "adapter_model.safetensors"
    tensors = load_file(weights)
    save_file({name: tensor * 1.5 for name, tensor in tensors.items()}, weights, metadata={"format": "pt"})
    with pytest.raises(IdentityError, match="does not answer as it did at the end"):
        ftkit.reward_model("judge")


def test_weights_that_could_run_code_are_not_read(here, tmp_path, monkeypatch):
    shutil.copytree(here / "ftkit-runs", tmp_path / "ftkit-runs")
    monkeypatch.chdir(tmp_path)
    weights = tmp_path / "ftkit-runs" / "judge" / "adapter" / "adapter_model.safetensors"
    torch.save(load_file(weights), weights.with_suffix(".bin"))
    weights.unlink()
    with pytest.raises(RunError):
        ftkit.reward_model("judge")


def test_only_a_reward_model_can_reward(here, tmp_path, monkeypatch):
    assert reward_obstacle("function") is None
    assert reward_obstacle("judge") is None
    assert "no run 'nobody'" in str(reward_obstacle("nobody"))
    folder = tmp_path / "ftkit-runs" / "judge"
    shutil.copytree(here / "ftkit-runs" / "judge", folder)
    monkeypatch.chdir(tmp_path)
    actual = json.loads((folder / "actual.json").read_text())
    for labels in (None, ["a", "b"]):
        actual["model"]["labels"] = labels
        (folder / "actual.json").write_text(json.dumps(actual))
        assert "trained no reward model" in str(reward_obstacle("judge"))
        with pytest.raises(RunError, match="trained no reward model"):
            ftkit.reward_model("judge")


def test_a_name_cannot_become_code():
    with pytest.raises(RecipeError, match="Reward"):
        from_presets(task="grpo", reward=HOSTILE)
    assert repr(HOSTILE)[1:-1] in reward_source(HOSTILE) or '\\"' in reward_source(HOSTILE)


@pytest.mark.parametrize("task", ["grpo", "rloo"])
def test_answers_are_rewarded_by_the_run_s_model(task, here, tiny_model_folder):
    data = data_files(here / f"prompts-{task}", "prompts")
    plan = planned(tiny_model_folder, f"by-{task}", task, data=str(data), reward="judge", max_steps=2)
    run, names = train(plan, tiny_model_folder, "prompts")
    rows = [json.loads(line) for line in (run.path / "metrics.jsonl").read_text().splitlines()]
    rewarded = [row for row in rows if "eval_rewards/reward_model/mean" in row]
    assert rewarded[0]["eval_rewards/reward_model/mean"] == rewarded[0]["eval_reward"]
    assert rewarded[0]["eval_kl"] == pytest.approx(0, abs=1e-6)
    assert names["reward"].model is not names["trainer"].model


def _lines(run: Any) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (run.path / "metrics.jsonl").read_text().splitlines()]


def test_equal_runs_are_equal_and_a_resumed_one_counts_its_tokens_once(
    tiny_model_folder, tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    data = data_files(tmp_path / "data", "prompts")
    straight, again = (
        train(
            planned(tiny_model_folder, name, "grpo", data=str(data), max_steps=4),
            tiny_model_folder,
            "prompts",
            rewarding_letters,
        )[0]
        for name in ("straight", "again")
    )
    assert (straight.path / "metrics.jsonl").read_bytes() == (again.path / "metrics.jsonl").read_bytes()

    def fails(source: str) -> str:
        return rewarding_letters(source).replace("outcome = trainer.train()", f"{POWER_CUT}\ntrainer.train()")

    plan = planned(tiny_model_folder, "parts", "grpo", data=str(data), max_steps=4)
    with pytest.raises(OSError, match="power cut"):
        train(plan, tiny_model_folder, "prompts", fails)
    run, _ = train(
        plan,
        tiny_model_folder,
        "prompts",
        lambda source: set_follow(rewarding_letters(source), existing="resume"),
    )
    assert run.state()["attempt"] == 2
    whole, parts = (
        {row["step"]: row["num_tokens"] for row in _lines(one) if "num_tokens" in row}
        for one in (straight, run)
    )
    assert whole == parts


POWER_CUT = """
from transformers import TrainerCallback


class PowerCut(TrainerCallback):
    def on_step_begin(self, args, state, control, **more):
        if state.global_step == 2:
            raise OSError("power cut")


trainer.add_callback(PowerCut())
"""


def test_what_its_batch_cannot_hold_is_refused_before_anything_runs():
    for task in ("grpo", "rloo"):
        recipe = from_presets(task=task, batch_size=6)
        refused = TASKS[task].obstacle(recipe.task, recipe.training)
        assert "6 answers cannot hold 4 answers" in str(refused)
        recipe = from_presets(task=task, batch_size=6, num_generations=3)
        assert TASKS[task].obstacle(recipe.task, recipe.training) is None
    recipe = from_presets(task="kto", batch_size=1)
    assert "at least 2" in str(TASKS["kto"].obstacle(recipe.task, recipe.training))


def test_a_technique_that_rewrites_the_base_has_no_reference():
    for task in TASKS.values():
        refused = task.refuses(METHODS["pissa"], METHODS["pissa"].settings())
        assert (refused is not None) == (task.id in ("dpo", "kto", "grpo", "rloo")), task.id


@pytest.mark.parametrize("task", ["grpo", "rloo", "kto", "orpo"])
def test_its_settings_are_read_back_and_changed_in_the_cell(task, tiny_model_folder):
    from types import SimpleNamespace

    from ftkit.cells.train_cell import train_source

    plan = planned(tiny_model_folder, "x-1", task, beta=0.07, max_length=20)
    source = train_source(plan, SimpleNamespace(tools=False, form="sft"))
    values = read_values(source, "train")
    assert (values["task.beta"], values["training.max_length"]) == (0.07, 20)
    changed = set_values(source, "train", {"task.beta": 0.2, "training.max_length": 30})
    values = read_values(changed, "train")
    assert (values["task.beta"], values["training.max_length"]) == (0.2, 30)
