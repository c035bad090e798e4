"""REINFORCE leave-one-out: each answer is judged against the mean of the other answers to its prompt."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, field_validator

from ftkit.fields import no_truth_value
from ftkit.tasks import answers
from ftkit.tasks.rewards import check_reward, reward_setting
from ftkit.tasks.task import Task


class Settings(BaseModel):
    """The settings of RLOO, named as in TRL's ``RLOOConfig``."""

    model_config = ConfigDict(extra="forbid", frozen=True, title="REINFORCE leave-one-out")

    name: Literal["rloo"] = "rloo"
    reward: str = reward_setting()
    num_generations: int = answers.num_generations("RLOOConfig.num_generations")
    max_completion_length: int = answers.max_completion_length("RLOOConfig.max_completion_length")
    temperature: float = answers.temperature("RLOOConfig.temperature")
    beta: float = answers.beta(0.05, "RLOOConfig.beta")

    _numbers = field_validator(*answers.FIELDS, mode="before")(no_truth_value)
    _reward = field_validator("reward", mode="before")(check_reward)


TASK = Task(
    id="rloo",
    order=62,
    title="Learn from rewards, the plainest way (RLOO)",
    summary="The model writes several answers to each prompt; each counts by how much it beats the mean of the others.",
    choose_when="As GRPO, with less machinery: the advantage is a plain difference, and the distance from the start "
    "is paid for out of the reward.",
    form="prompts",
    settings=Settings,
    trainer="RLOOTrainer",
    arguments="RLOOConfig",
    defaults={**answers.DEFAULTS, "num_generations": 2, "beta": 0.05},
    more_arguments=answers.more_arguments,
    learning_rate=answers.learning_rate,
    starts=answers.STARTS,
    reference="base",
    sampling=answers.sampling,
    best="reward",
    reasons=answers.REASONS,
    refuses=answers.refuses,
    obstacle=answers.obstacle,
    loss_reading=answers.REWARD_READING,
    metrics=answers.METRICS,
)
