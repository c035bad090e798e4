"""The trainer as a whole: it learns, it can be repeated, resumed and stopped, and leaves a plain model."""

from __future__ import annotations

import json

import pytest
import torch

from ftkit.errors import RunError
from ftkit.ppo.value_head import FILE
from tests.ppo.made import logged, ppo_trainer

TIMES = ("runtime", "per_second")


def figures(trainer):
    """Everything that was logged but how long it took."""
    return [
        {key: value for key, value in row.items() if not any(part in key for part in TIMES)}
        for row in trainer.state.log_history
    ]


def vowels(prompts, completions, **more):
    """The share of letters that are vowels."""
    texts = [completion[-1]["content"] for completion in completions]
    return [sum(text.count(vowel) for vowel in "aeiou") / max(1, len(text)) for text in texts]


def test_it_solves_a_toy(tmp_path, tiny_model_folder):
    """A model with random weights learns to write vowels."""
    trainer = ppo_trainer(
        tmp_path,
        tiny_model_folder,
        method="full",
        reward_funcs=vowels,
        learning_rate=2e-3,
        kl_coef=0.01,
        missing_eos_penalty=0.0,
        per_device_train_batch_size=16,
        max_completion_length=8,
        max_steps=30,
        eval_strategy="steps",
        eval_steps=30,
        eval_on_start=True,
    )
    trainer.train()
    rewards = logged(trainer, "reward")
    assert sum(rewards[-6:]) > 1.8 * sum(rewards[:6])
    before, after = logged(trainer, "eval_reward")
    assert after > 1.5 * before
    assert logged(trainer, "eval_kl")[1] > 0.1
    assert logged(trainer, "entropy")[-1] < logged(trainer, "entropy")[0]


@pytest.mark.parametrize("method", ["lora", "full"])
def test_the_same_seed_gives_the_same_run(method, tmp_path, tiny_model_folder):
    runs = []
    for seed in (7, 7, 8):
        trainer = ppo_trainer(
            tmp_path, tiny_model_folder, method=method, seed=seed, eval_strategy="steps", eval_steps=1
        )
        trainer.train()
        runs.append(figures(trainer))
    assert runs[0] == runs[1]
    assert runs[0] != runs[2]


def test_an_evaluation_leaves_no_trace(tmp_path, tiny_model_folder):
    runs = []
    for more in ({}, {"eval_strategy": "steps", "eval_steps": 1, "eval_on_start": True}):
        trainer = ppo_trainer(tmp_path, tiny_model_folder, **more)
        trainer.train()
        runs.append([row for row in figures(trainer) if "loss" in row])
    assert len(runs[0]) == 2
    assert runs[0] == runs[1]


@pytest.mark.parametrize("method", ["lora", "full"])
def test_a_resumed_run_goes_on_as_if_nothing_had_been(method, tmp_path, tiny_model_folder):
    """Value head, optimizer and random numbers are as they were, and the reference is where the run began."""
    arguments = {"max_steps": 4, "save_strategy": "steps", "save_steps": 2}
    whole = ppo_trainer(tmp_path, tiny_model_folder, method=method, **arguments)
    whole.train()
    again = ppo_trainer(tmp_path, tiny_model_folder, method=method, **arguments)
    again.train(resume_from_checkpoint=str(tmp_path / "checkpoint-2"))

    def late(trainer):
        rows = [row for row in figures(trainer) if "loss" in row and row["step"] > 2]
        return [{key: value for key, value in row.items() if key != "num_tokens"} for row in rows]

    assert len(late(again)) == 2
    for one, other in zip(late(whole), late(again), strict=True):
        assert other == pytest.approx(one, rel=1e-5, abs=1e-7)
    for one, other in zip(whole.value_head.parameters(), again.value_head.parameters(), strict=True):
        torch.testing.assert_close(one, other)
        assert one.abs().max() > 0


def test_the_adapter_loads_with_plain_peft(tmp_path, tiny_model_folder):
    from peft import PeftModel
    from transformers import AutoModelForCausalLM

    trainer = ppo_trainer(tmp_path, tiny_model_folder, save_strategy="steps", save_steps=2)
    trainer.train()
    checkpoint = tmp_path / "checkpoint-2"
    assert (checkpoint / FILE).exists()
    base = AutoModelForCausalLM.from_pretrained(tiny_model_folder, dtype="float32")
    loaded = PeftModel.from_pretrained(base, checkpoint).eval()
    trainer.model.eval()
    ids = torch.arange(20)[None]
    with torch.no_grad():
        assert torch.equal(loaded(input_ids=ids).logits, trainer.model(input_ids=ids).logits)
    # Dropout is off in training only: what is saved says what was chosen.
    assert json.loads((checkpoint / "adapter_config.json").read_text())["lora_dropout"] == 0.1


def test_the_whole_model_loads_with_plain_transformers(tmp_path, tiny_model_folder):
    from safetensors.torch import load_file
    from transformers import AutoModelForCausalLM

    trainer = ppo_trainer(tmp_path, tiny_model_folder, method="full")
    trainer.train()
    trainer.model.save_pretrained(tmp_path / "result")
    saved = load_file(tmp_path / "result" / "model.safetensors")
    assert set(saved) == set(load_file(tiny_model_folder / "model.safetensors"))
    loaded, report = AutoModelForCausalLM.from_pretrained(tmp_path / "result", output_loading_info=True)
    assert not report["unexpected_keys"]
    assert not report["missing_keys"]
    ids = torch.arange(20)[None]
    trainer.model.eval()
    with torch.no_grad():
        assert torch.equal(loaded.eval()(input_ids=ids).logits, trainer.model(input_ids=ids).logits)


def test_an_answer_without_an_end_earns_less(tmp_path, tiny_model_folder):
    found = []
    for penalty in (0.0, 3.0):
        trainer = ppo_trainer(tmp_path, tiny_model_folder, missing_eos_penalty=penalty)
        found.append(trainer.evaluate())
    cut = found[0]["eval_completions/clipped_ratio"]
    assert cut > 0
    assert found[0]["eval_reward"] == found[1]["eval_reward"]
    assert found[0]["eval_objective"] - found[1]["eval_objective"] == pytest.approx(3 * cut, rel=1e-5)


def test_a_batch_is_one_whatever_is_in_memory_at_once(tmp_path, tiny_model_folder):
    """Two pieces of four: eight answers a step, all judged and learned from together."""
    asked = []

    def counted(prompts, completions, **more):
        asked.append(len(completions))
        return [0.0] * len(completions)

    trainer = ppo_trainer(
        tmp_path,
        tiny_model_folder,
        reward_funcs=counted,
        per_device_train_batch_size=4,
        gradient_accumulation_steps=2,
        max_steps=-1,
        num_train_epochs=1,
    )
    trainer.train()
    assert trainer.state.global_step == 2
    assert asked == [8, 8]
    assert len(logged(trainer, "loss")) == 2


@pytest.mark.parametrize("method", ["lora", "full"])
def test_activation_checkpointing_changes_no_number(method, tmp_path, tiny_model_folder):
    runs = []
    for saves in (False, True):
        trainer = ppo_trainer(tmp_path, tiny_model_folder, method=method, activation_checkpointing=saves)
        trainer.train()
        assert trainer.model.is_activation_checkpointing == saves
        runs.append([row for row in figures(trainer) if "loss" in row])
    for without, with_it in zip(*runs, strict=True):
        assert with_it == pytest.approx(without, rel=1e-4, abs=1e-6)


def test_rewards_get_the_other_columns_and_several_are_added(tmp_path, tiny_model_folder):
    def number(prompts, number, **more):
        assert all(prompt[-1]["role"] == "user" for prompt in prompts)
        return number

    def one(completion_ids, **more):
        return [1 for _ in completion_ids]

    trainer = ppo_trainer(tmp_path, tiny_model_folder, reward_funcs=[number, one])
    # The held-out rows are numbered from 16 to 23.
    assert trainer.evaluate()["eval_reward"] == pytest.approx(19.5 + 1)


@pytest.mark.parametrize(
    ("given", "told"),
    [
        (lambda completions, **more: [1.0], "returned 1 numbers for 8 answers"),
        (lambda completions, **more: [float("nan")] * len(completions), "returned nan"),
        (lambda completions, **more: None, "did not return a list of numbers"),
        (lambda completions, **more: ["good"] * len(completions), "did not return a list of numbers"),
    ],
)
def test_a_reward_that_cannot_be_used_is_told(given, told, tmp_path, tiny_model_folder):
    with pytest.raises(RunError, match=told):
        ppo_trainer(tmp_path, tiny_model_folder, reward_funcs=given).evaluate()


def test_a_loss_that_is_no_number_ends_the_training(tmp_path, tiny_model_folder):
    trainer = ppo_trainer(tmp_path, tiny_model_folder, method="full", learning_rate=1e30)
    with pytest.raises(RunError, match="not-a-number at step 1"):
        trainer.train()


@pytest.mark.parametrize(
    "wrong", [{"temperature": 0.0}, {"num_ppo_epochs": 0}, {"kl_coef": -1.0}, {"lam": 1.5}], ids=str
)
def test_impossible_arguments_are_refused(wrong, tmp_path):
    from ftkit.ppo import PPOConfig

    with pytest.raises(RunError, match="will not do"):
        PPOConfig(output_dir=str(tmp_path), use_cpu=True, **wrong)
