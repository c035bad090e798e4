"""Reward model: a model that gives an answer a number, learned from pairs."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict

from ftkit.fields import Choice
from ftkit.tasks.task import TRL_COMMON, Metric, Task


class Settings(BaseModel):
    """A reward model has no settings of its own."""

    model_config = ConfigDict(extra="forbid", frozen=True, title="Reward model")

    name: Literal["reward"] = "reward"


def learning_rate(choice: Choice, method_id: str) -> Choice:
    """Half of what teaching answers takes: the new head learns quickly."""
    return Choice(
        float(f"{choice.value / 2:.3g}"), "half of what teaching answers takes: one number is quickly learned"
    )


TASK = Task(
    id="reward",
    order=50,
    title="Judge answers with a number (reward model)",
    summary="From pairs of answers a model learns to say how good an answer is, as one number.",
    choose_when="You want to train against human preferences later (PPO, GRPO), or to sort answers.",
    form="preference",
    settings=Settings,
    trainer="RewardTrainer",
    measures=False,
    arguments="RewardConfig",
    defaults={**TRL_COMMON, "learning_rate": 1e-4},
    head="score",
    learning_rate=learning_rate,
    sequences=2,
    leads_to={
        "grpo": "Let the model answer in groups, and learn from what this judge thinks of each answer.",
        "rloo": "The same, with each answer held against the average of the others.",
        "ppo": "The classic way of learning from a judge: step by step, never far from where it started.",
    },
    loss_reading="The loss says how unsure the model is which answer is better: about 0.693 is a coin's toss, lower is "
    "better. The evaluation loss is measured on examples that it does not train on, so that is the one to watch.",
    metrics=(
        Metric(
            "accuracy",
            "pairs judged right",
            "The share of pairs in which the better answer gets the higher number; 0.5 is chance.",
            "higher",
        ),
        Metric(
            "margin",
            "margin",
            "How far apart the two numbers are on average; above zero the better answer leads.",
            "higher",
        ),
    ),
)
