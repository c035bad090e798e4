"""Group relative policy optimisation: of several answers to one prompt, the better ones become likelier."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, field_validator

from ftkit.fields import no_truth_value
from ftkit.tasks import answers
from ftkit.tasks.rewards import check_reward, reward_setting
from ftkit.tasks.task import Task


class Settings(BaseModel):
    """The settings of GRPO, named as in TRL's ``GRPOConfig``."""

    model_config = ConfigDict(extra="forbid", frozen=True, title="Group relative policy optimisation")

    name: Literal["grpo"] = "grpo"
    reward: str = reward_setting()
    num_generations: int = answers.num_generations("GRPOConfig.num_generations")
    max_completion_length: int = answers.max_completion_length("GRPOConfig.max_completion_length")
    temperature: float = answers.temperature("GRPOConfig.temperature")
    beta: float = answers.beta(0.04, "GRPOConfig.beta")

    _numbers = field_validator(*answers.FIELDS, mode="before")(no_truth_value)
    _reward = field_validator("reward", mode="before")(check_reward)


TASK = Task(
    id="grpo",
    order=60,
    title="Learn from rewards, several answers side by side (GRPO)",
    summary="The model writes several answers to each prompt; those that get more reward than the others become likelier.",
    choose_when="You can say by a rule, or with a reward model, how good an answer is; after a first fine-tune.",
    form="prompts",
    settings=Settings,
    trainer="GRPOTrainer",
    arguments="GRPOConfig",
    defaults={**answers.DEFAULTS, "num_generations": 8, "beta": 0.0},
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
