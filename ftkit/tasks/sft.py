"""Supervised fine-tuning: the model learns to answer as the examples do."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

ID = "sft"
LABEL = "Answer as in my examples (supervised fine-tuning, SFT)"
SUMMARY = "You have questions with the answers you want; the model learns to answer like them."
TRAINER = "SFTTrainer"
ARGUMENTS = "SFTConfig"
DEFAULTS: dict[str, Any] = {
    "learning_rate": 2e-5,
    "num_train_epochs": 3.0,
    "per_device_train_batch_size": 8,
    "gradient_accumulation_steps": 1,
    "per_device_eval_batch_size": 8,
    "warmup_steps": 0,
    "lr_scheduler_type": "linear",
    "weight_decay": 0.0,
    "max_length": 1024,
    "max_steps": -1,
    "seed": 42,
    "bf16": True,  # written as None in SFTConfig and then turned on, whatever the machine
    "activation_checkpointing": True,  # by way of its old name, gradient_checkpointing
    "use_cpu": False,
    "eval_strategy": "no",
    "eval_on_start": False,
    "eval_steps": None,
    "logging_steps": 10,
    "save_steps": 500,
    "save_total_limit": None,
    "load_best_model_at_end": False,
}
"""TRL's own defaults: an argument that equals its default is left out of the cell."""


class Settings(BaseModel):
    """Supervised fine-tuning has no settings of its own: only the answers are trained on."""

    model_config = ConfigDict(extra="forbid", frozen=True, title=LABEL)

    name: Literal["sft"] = "sft"
