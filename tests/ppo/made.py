"""A PPO trainer on the tiny model: prompts with one word, answers of a few tokens."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.tiny import as_chat, tiny_rows

PROMPTS = [{"prompt": row["prompt"], "number": n} for n, row in enumerate(as_chat(tiny_rows(24)))]


def says_a(prompts: Any, completions: Any, **more: Any) -> list[float]:
    """The toy's reward: the share of letters that are an "a"."""
    texts = [completion[-1]["content"] for completion in completions]
    return [text.count("a") / max(1, len(text)) for text in texts]


def ppo_trainer(folder: Path, model_folder: Path, *, method: str = "lora", **arguments: Any) -> Any:
    """A trainer as a train cell builds it.

    Parameters
    ----------
    folder
        Where its checkpoints go.
    method
        ``lora`` or ``full``.
    arguments
        For ``PPOConfig``; ``reward_funcs``, ``model`` and ``peft_config`` go to the trainer.
    """
    from datasets import Dataset
    from peft import LoraConfig
    from transformers import AutoModelForCausalLM, AutoTokenizer

    from ftkit.ppo import PPOConfig, PPOTrainer

    adapter = LoraConfig(r=8, lora_alpha=16, lora_dropout=0.1, target_modules="all-linear")
    chosen = {
        "output_dir": str(folder),
        "learning_rate": 5e-3,
        "lr_scheduler_type": "constant",
        "per_device_train_batch_size": 8,
        "per_device_eval_batch_size": 8,
        "max_completion_length": 6,
        "max_steps": 2,
        "logging_steps": 1,
        "save_strategy": "no",
        "use_cpu": True,
        "seed": 7,
    }
    handed = {
        "reward_funcs": arguments.pop("reward_funcs", says_a),
        "model": arguments.pop("model", None)
        or AutoModelForCausalLM.from_pretrained(model_folder, dtype="float32"),
        "peft_config": arguments.pop("peft_config", adapter if method == "lora" else None),
    }
    return PPOTrainer(
        args=PPOConfig(**{**chosen, **arguments}),
        train_dataset=Dataset.from_list(PROMPTS[:16]),
        eval_dataset=Dataset.from_list(PROMPTS[16:]),
        processing_class=AutoTokenizer.from_pretrained(model_folder),
        **handed,
    )


def logged(trainer: Any, name: str) -> list[float]:
    """A figure's course over the run."""
    return [row[name] for row in trainer.state.log_history if name in row]
