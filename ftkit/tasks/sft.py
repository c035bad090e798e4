"""Supervised fine-tuning: the model learns to answer as the examples do."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict

from ftkit.tasks.task import TRL_COMMON, Metric, Task


class Settings(BaseModel):
    """Supervised fine-tuning has no settings of its own: only the answers are trained on."""

    model_config = ConfigDict(extra="forbid", frozen=True, title="Supervised fine-tuning")

    name: Literal["sft"] = "sft"


TASK = Task(
    id="sft",
    order=10,
    title="Answer as in my examples (supervised fine-tuning, SFT)",
    summary="You have questions with the answers you want; the model learns to answer like them.",
    choose_when="You can write down, or already have, good answers to typical questions.",
    form="sft",
    settings=Settings,
    trainer="SFTTrainer",
    measures=False,
    arguments="SFTConfig",
    defaults={**TRL_COMMON, "learning_rate": 2e-5},
    leads_to={
        "dpo": "It answers as your examples do: now let it learn which of two answers people like better.",
        "reward": "Train a judge that gives answers a number, for learning from rewards afterwards.",
        "grpo": "Let it try answers and reward the good ones by a rule of yours.",
    },
    metrics=(
        Metric(
            "mean_token_accuracy",
            "next word right",
            "The share of tokens that the model would have written itself; it rises as the loss falls.",
            "higher",
        ),
        Metric(
            "entropy",
            "undecidedness",
            "How many ways the model sees to go on: at 0 one, at 1 about 3, at 2 about 7, at 3 about 20. Near 0 can mean learned "
            "by heart.",
        ),
    ),
)
