"""Proximal policy optimisation: the model learns to get more reward than it expects, a small step at a time."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, field_validator

from ftkit.fields import no_truth_value, setting
from ftkit.methods import Obstacle
from ftkit.tasks import answers
from ftkit.tasks.rewards import check_reward, reward_obstacle, reward_setting
from ftkit.tasks.task import COMMON, Metric, Sampling, Task


class Settings(BaseModel):
    """The settings of PPO, named as in the PPO trainer that TRL had."""

    model_config = ConfigDict(extra="forbid", frozen=True, title="Proximal policy optimisation")

    name: Literal["ppo"] = "ppo"
    reward: str = reward_setting()
    max_completion_length: int = answers.max_completion_length("PPOConfig.max_completion_length")
    kl_coef: float = setting(
        0.05,
        label="KL penalty",
        help="What each token costs by which the model differs from the one it started from: without a cost it finds "
        "answers that please the reward and nobody else.",
        usual=(0.01, 0.2),
        argument="PPOConfig.kl_coef",
        when_overfitting="Raise it where the reward rises and the answers get worse.",
        when_underfitting="Lower it where the reward does not rise.",
        too_low="it finds answers that please the reward and nobody else.",
        too_high="it stays where it started, whatever the reward.",
        hint="Try 0.05.",
        ge=0,
        allow_inf_nan=False,
    )
    num_ppo_epochs: int = setting(
        4,
        label="Passes over the answers",
        help="How many times the model learns from the same answers before it writes new ones. Writing takes long; "
        "learning too often from the same answers throws it off.",
        usual=(1, 4),
        argument="PPOConfig.num_ppo_epochs",
        when_underfitting="Raise it, or give it more steps.",
        too_low="most of what was written is thrown away after one look.",
        too_high="it learns one batch of answers by heart, and the next ones get worse.",
        hint="Try 4.",
        gt=0,
        le=1000,
    )
    missing_eos_penalty: float = setting(
        1.0,
        label="Price of no end",
        help="Taken off the reward of an answer that does not end by itself: it would have been cut off.",
        usual=(0, 2),
        argument="PPOConfig.missing_eos_penalty",
        too_low="answers ramble on until they are cut off.",
        too_high="it ends at once, and says nothing.",
        hint="Try 1, or about as much as a good answer gets.",
        allow_inf_nan=False,
    )
    cliprange: float = setting(
        0.2,
        label="Clip range",
        help="How much likelier (or less likely) a token may become in one step: 0.2 is a fifth. Beyond that it is no "
        "longer pushed.",
        usual=(0.1, 0.3),
        argument="PPOConfig.cliprange",
        when_underfitting="Raise it a little, if most tokens are clipped.",
        too_low="each step changes next to nothing.",
        too_high="a lucky answer throws it far off, and the reward collapses.",
        hint="Try 0.2.",
        gt=0,
        allow_inf_nan=False,
    )
    temperature: float = answers.temperature("PPOConfig.temperature")

    _numbers = field_validator(
        "max_completion_length",
        "kl_coef",
        "num_ppo_epochs",
        "missing_eos_penalty",
        "cliprange",
        "temperature",
        mode="before",
    )(no_truth_value)
    _reward = field_validator("reward", mode="before")(check_reward)


def more_arguments(settings: Any) -> dict[str, Any]:
    """Its own settings."""
    return settings.model_dump(exclude={"name", "reward"})


def sampling(settings: Any) -> Sampling:
    """One answer to each prompt, learned from several times."""
    return Sampling(1, settings.max_completion_length, settings.num_ppo_epochs)


def obstacle(settings: Any, training: Any) -> Obstacle | None:
    """What rewards the answers has to be there."""
    return reward_obstacle(settings.reward)


TASK = Task(
    id="ppo",
    order=64,
    title="Learn from rewards, as RLHF began (PPO)",
    summary="The model writes an answer to each prompt and learns from how much more reward it got than it had expected, "
    "token by token.",
    choose_when="As GRPO, to see how RLHF works inside: with a value head, advantages and a clipped step. "
    "Needs more care than GRPO or RLOO.",
    form="prompts",
    settings=Settings,
    trainer="PPOTrainer",
    arguments="PPOConfig",
    defaults={
        **COMMON,
        "learning_rate": 5e-5,
        "bf16": False,
        "activation_checkpointing": False,
        "logging_steps": 500,
        "max_completion_length": 128,
        "kl_coef": 0.05,
        "num_ppo_epochs": 4,
        "missing_eos_penalty": 0.0,
        "cliprange": 0.2,
        "temperature": 1.0,
    },
    module="ftkit.ppo",
    template="train_ppo",
    more_arguments=more_arguments,
    learning_rate=answers.learning_rate,
    starts=answers.STARTS,
    reference="start",
    value_head=True,
    sampling=sampling,
    best="reward",
    reasons={
        "max_completion_length": answers.REASONS["max_completion_length"],
        "kl_coef": answers.REASONS["beta"],
        "num_ppo_epochs": "times it learns from the same answers",
        "missing_eos_penalty": "less reward for an answer that does not end by itself",
        "cliprange": "how much likelier a token may become in one step",
    },
    obstacle=obstacle,
    loss_reading=answers.REWARD_READING,
    metrics=(
        *answers.METRICS,
        Metric(
            "objective",
            "reward less its price",
            "What training really raises: the reward, less the price of the distance from the start and of answers "
            "without an end.",
            "higher",
        ),
        Metric(
            "clip_fraction",
            "share of clipped tokens",
            "How many tokens had changed as much as one step allows; above 0.3 the learning rate is mostly too high.",
        ),
        Metric(
            "value_loss",
            "error of the value head",
            "How far off the expected rewards were, squared; it should fall, and rises again where the rewards change.",
            "lower",
        ),
        Metric(
            "explained_variance",
            "foreseen by the value head",
            "The share of the ups and downs of the reward that was expected: 1 is all, 0 none, below 0 worse than none.",
            "higher",
        ),
    ),
)
