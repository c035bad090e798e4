"""PPO from its own cells: recorded, stopped, resumed, rewarded by a run's model, with every kind of technique."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from safetensors.torch import load_file

import ftkit
from ftkit.cells import read_values, set_values
from ftkit.cells.editing import set_follow
from ftkit.cells.train_cell import train_source
from ftkit.errors import RecipeError
from ftkit.methods import METHODS
from ftkit.recipe import from_presets
from tests.tasks.trained import data_files, planned, rewarding_letters, train

POWER_CUT = """
from transformers import TrainerCallback


class PowerCut(TrainerCallback):
    def on_step_begin(self, args, state, control, **more):
        if state.global_step == 2:
            raise OSError("power cut")


trainer.add_callback(PowerCut())
trainer.train()"""


@pytest.fixture
def here(tmp_path, monkeypatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return Path(tmp_path)


def plan_of(here: Path, model: Path, run: str, method: str = "lora", **presets: Any) -> Any:
    data = here / "data"
    if not data.exists():
        data_files(data, "prompts")
    return planned(model, run, "ppo", method, data=str(data), **presets)


def lines(run: Any) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (run.path / "metrics.jsonl").read_text().splitlines()]


def test_equal_runs_are_equal_and_a_resumed_one_is_the_same_run(tiny_model_folder, here):
    straight, again = (
        train(
            plan_of(here, tiny_model_folder, name, max_steps=4),
            tiny_model_folder,
            "prompts",
            rewarding_letters,
        )[0]
        for name in ("straight", "again")
    )
    assert (straight.path / "metrics.jsonl").read_bytes() == (again.path / "metrics.jsonl").read_bytes()

    plan = plan_of(here, tiny_model_folder, "parts", max_steps=4)

    def fails(source: str) -> str:
        return rewarding_letters(source).replace("outcome = trainer.train()", POWER_CUT)

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
        {row["step"]: row for row in lines(one) if "loss" in row and row["step"] > 2}
        for one in (straight, run)
    )
    assert set(whole) == set(parts) == {3, 4}
    for step, row in whole.items():
        wanted = {key: value for key, value in row.items() if key != "attempt"}
        assert {key: parts[step][key] for key in wanted} == pytest.approx(wanted, rel=1e-5, abs=1e-7)


@pytest.mark.parametrize("method", ["pissa", "prompt-tuning", "prefix-tuning", "adapters", "freeze"])
def test_any_technique_starts_at_its_reference(method, tiny_model_folder, here):
    """Adapters that add nothing at first, that rewrite the base, that change the answers from the start, or none."""
    plan = plan_of(here, tiny_model_folder, method, method, max_steps=1, **METHODS[method].example)
    run, _ = train(plan, tiny_model_folder, "prompts", rewarding_letters)
    assert run.state()["state"] == "finished"
    distances = [row["eval_kl"] for row in lines(run) if "eval_kl" in row]
    assert distances[0] == pytest.approx(0, abs=1e-6)
    result = ftkit.compare(run.path, ["Say red twice."], rows=0, max_new_tokens=4)
    assert result.base_difference < 1e-3
    assert result.tuned_difference < 1e-3


def test_the_value_head_is_no_part_of_the_result(tiny_model_folder, here):
    plan = plan_of(here, tiny_model_folder, "full", "full", max_steps=2)
    run, names = train(plan, tiny_model_folder, "prompts", rewarding_letters)
    assert names["trainer"].value_head.linear.weight.abs().max() > 0
    saved = load_file(run.model / "model.safetensors")
    assert set(saved) == set(load_file(tiny_model_folder / "model.safetensors"))
    assert not list(run.model.glob("value_head*"))


def test_answers_are_rewarded_by_a_run_s_model(tiny_model_folder, here):
    pairs = data_files(here / "pairs", "preference")
    plan = planned(tiny_model_folder, "judge", "reward", data=str(pairs), max_steps=4)
    train(plan, tiny_model_folder, "preference")
    plan = plan_of(here, tiny_model_folder, "by-judge", reward="judge", max_steps=2)
    run, names = train(plan, tiny_model_folder, "prompts")
    rows = [row for row in lines(run) if "eval_reward" in row]
    assert rows[0]["eval_kl"] == pytest.approx(0, abs=1e-6)
    assert len({row["eval_reward"] for row in rows}) > 1
    assert names["reward"].model is not names["trainer"].model
    assert 'reward = ftkit.reward_model("judge")' in train_source(
        plan, SimpleNamespace(tools=False, form="sft")
    )


def test_the_cell_shows_where_the_trainer_comes_from_and_is_read_back(tiny_model_folder, here):
    plan = plan_of(here, tiny_model_folder, "x-1", kl_coef=0.07, num_ppo_epochs=2, max_length=20)
    source = train_source(plan, SimpleNamespace(tools=False, form="sft"))
    assert "from ftkit.ppo import PPOConfig, PPOTrainer" in source
    assert "missing_eos_penalty=1.0,  # less reward for an answer" in source
    values = read_values(source, "train")
    assert (values["task.kl_coef"], values["task.num_ppo_epochs"]) == (0.07, 2)
    assert values["task.missing_eos_penalty"] == 1.0
    assert values["training.max_length"] == 20
    changed = set_values(source, "train", {"task.kl_coef": 0.2, "task.cliprange": 0.1})
    values = read_values(changed, "train")
    assert (values["task.kl_coef"], values["task.cliprange"]) == (0.2, 0.1)


def test_its_steps_are_counted_as_the_trainer_counts_them(tiny_model_folder, here):
    """Prompts that are left over at the end of an epoch make a smaller batch: 32 prompts are two steps of 24."""
    plan = plan_of(here, tiny_model_folder, "y-1", batch_size=24, num_train_epochs=1)
    _, names = train(plan, tiny_model_folder, "prompts", rewarding_letters)
    assert names["trainer"].state.global_step == plan.total_steps == 2


@pytest.mark.parametrize(
    "wrong", [{"kl_coef": -1}, {"num_ppo_epochs": 0}, {"cliprange": 0}, {"reward": "a b"}]
)
def test_impossible_settings_are_refused(wrong):
    with pytest.raises(RecipeError):
        from_presets(task="ppo", **wrong)
