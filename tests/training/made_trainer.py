"""Trainers for the tests of this room: the tiny model, a handful of steps, seconds at most."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tests.tiny import as_chat, tiny_rows

ROWS = as_chat(tiny_rows(43))
TRAIN, HELD_OUT = ROWS[:32], ROWS[32:]  # 11 held-out rows: the last batch is smaller


def make_trainer(model_folder: Path, run: str = "one", *, method: str = "lora", **arguments: Any) -> Any:
    """A trainer as a train cell builds it: loads the base itself, 8 steps, evaluates every second.

    Parameters
    ----------
    run
        The run, in ``ftkit-runs`` of the working directory.
    method
        ``lora`` or ``full``.
    arguments
        For ``SFTConfig``; ``callbacks`` goes to the trainer.
    """
    from datasets import Dataset
    from peft import LoraConfig
    from transformers import AutoModelForCausalLM, AutoTokenizer
    from trl import SFTConfig, SFTTrainer

    callbacks = arguments.pop("callbacks", None)
    model = arguments.pop("model", None)
    chosen = {
        "output_dir": f"ftkit-runs/{run}/checkpoints",
        "learning_rate": 5e-3,
        "per_device_train_batch_size": 4,
        "gradient_accumulation_steps": 1,
        "per_device_eval_batch_size": 4,
        "max_steps": 8,
        "warmup_steps": 1,
        "logging_steps": 1,
        "eval_strategy": "steps",
        "eval_steps": 2,
        "save_steps": 2,
        "eval_on_start": True,
        "load_best_model_at_end": True,
        "save_total_limit": 2,
        "bf16": False,
        "gradient_checkpointing": False,
        "max_length": 128,
        "use_cpu": True,
        "report_to": "none",
        "seed": 7,
        **arguments,
    }
    return SFTTrainer(
        model=model or AutoModelForCausalLM.from_pretrained(model_folder, dtype="float32"),
        args=SFTConfig(**chosen),
        train_dataset=Dataset.from_list(TRAIN),
        eval_dataset=Dataset.from_list(HELD_OUT),
        processing_class=AutoTokenizer.from_pretrained(model_folder),
        peft_config=LoraConfig(r=4, lora_alpha=4, lora_dropout=0.1, target_modules="all-linear")
        if method == "lora"
        else None,
        callbacks=callbacks,
    )


def losses(trainer: Any) -> list[tuple[int, float]]:
    """Every loss that a trainer logged, training and evaluation, by step."""
    return [
        (row["step"], row.get("loss", row.get("eval_loss")))
        for row in trainer.state.log_history
        if "loss" in row or "eval_loss" in row
    ]


def rows(run: str, name: str) -> list[dict[str, Any]]:
    """The rows of one of a run's files."""
    return [json.loads(line) for line in Path("ftkit-runs", run, name).read_text().splitlines()]


def state(run: str = "one") -> dict[str, Any]:
    """A run's ``state.json`` as it was written."""
    return json.loads(Path("ftkit-runs", run, "state.json").read_text())
