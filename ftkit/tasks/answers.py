"""What GRPO and RLOO share: the model writes several answers to each prompt, and learns from how they are rewarded."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, create_model, field_validator

from ftkit.fields import Choice, no_truth_value, setting
from ftkit.methods import Method, Obstacle
from ftkit.tasks.rewards import check_reward, reward_obstacle, reward_setting
from ftkit.tasks.task import TRL_COMMON, Metric, Sampling, Task, no_reference

DEFAULTS: dict[str, Any] = {
    **{name: value for name, value in TRL_COMMON.items() if name != "max_length"},
    "learning_rate": 1e-6,
    "num_generations_eval": None,
    "max_completion_length": 512,
    "temperature": 1.0,
    "disable_dropout": False,
    "metric_for_best_model": None,
    "greater_is_better": None,
}
"""What both trainers do where an argument is left out."""

STARTS = {"num_train_epochs": 1.0, "batch_size": 8}


def beta(start: float, argument: str) -> Any:
    """The setting that holds the model to where it started."""
    return setting(
        start,
        label="Beta",
        help="What it costs the model to move away from the one it started from: without a cost it finds answers "
        "that please the reward and nobody else.",
        usual=(0.01, 0.2),
        argument=argument,
        when_overfitting="Raise it where the reward rises and the answers get worse.",
        when_underfitting="Lower it where the reward does not rise.",
        too_low="it finds answers that please the reward and nobody else.",
        too_high="it stays where it started, whatever the reward.",
        hint=f"Try {start:g}.",
        gt=0,
        allow_inf_nan=False,
    )


def num_generations(argument: str) -> Any:
    """The setting of how many answers are compared with one another."""
    return setting(
        4,
        label="Answers to each prompt",
        help="How many answers the model writes to a prompt. Each is judged against the others; the batch size counts "
        "answers, so that it has to be a multiple of this.",
        unit="answers",
        usual=(2, 16),
        argument=argument,
        too_low="two answers say little about which kind is better.",
        too_high="a step takes far longer, as writing is what takes the time.",
        hint="Try 4.",
        ge=2,
    )


def max_completion_length(argument: str) -> Any:
    """The setting of where an answer is cut off."""
    return setting(
        64,
        label="Longest answer",
        help="An answer is cut off after so many tokens. Writing takes most of the time, above all without a "
        "graphics card.",
        unit="tokens",
        usual=(32, 512),
        argument=argument,
        too_low="answers are cut off before they can earn their reward.",
        too_high="each step takes longer, and rambling is not cut off.",
        hint="Try 64: about 50 English words.",
        gt=0,
        le=1_000_000,
    )


def temperature(argument: str) -> Any:
    """The setting of how different the answers are."""
    return setting(
        1.0,
        label="Temperature",
        help="How much chance is in the answers. They have to differ from one another, or there is nothing to learn.",
        usual=(0.7, 1.2),
        argument=argument,
        when_underfitting="Raise it where all answers to a prompt are alike.",
        too_low="all answers to a prompt are alike, and there is nothing to compare.",
        too_high="answers are gibberish, and what earns a reward is chance.",
        hint="Try 1.",
        gt=0,
        le=10,
    )


def settings(task_id: str, title: str, arguments: str, start: float) -> type[BaseModel]:
    """The settings of a task, named as in its arguments class.

    Parameters
    ----------
    start
        Of `beta`.
    """
    found: dict[str, Any] = {
        "name": (Literal[task_id], task_id),
        "reward": (str, reward_setting()),
        "num_generations": (int, num_generations(f"{arguments}.num_generations")),
        "max_completion_length": (int, max_completion_length(f"{arguments}.max_completion_length")),
        "temperature": (float, temperature(f"{arguments}.temperature")),
        "beta": (float, beta(start, f"{arguments}.beta")),
    }
    numbers = [name for name in found if name != "name"]
    checks: dict[str, Any] = {
        "numbers": field_validator(*numbers, mode="before")(no_truth_value),
        "a_reward": field_validator("reward", mode="before")(check_reward),
    }
    return create_model(
        "Settings",
        __config__=ConfigDict(extra="forbid", frozen=True, title=title),
        __doc__=f"The settings of {task_id.upper()}, named as in TRL's ``{arguments}``.",
        __validators__=checks,
        **found,
    )


def task(task_id: str, defaults: Mapping[str, Any], **own: Any) -> Task:
    """A task of this kind: what it does not state is the same for both.

    Parameters
    ----------
    defaults
        What its trainer does otherwise than the other where an argument is left out.
    """
    shared: dict[str, Any] = {
        "form": "prompts",
        "trainer": f"{task_id.upper()}Trainer",
        "arguments": f"{task_id.upper()}Config",
        "more_arguments": more_arguments,
        "learning_rate": learning_rate,
        "starts": STARTS,
        "reference": "base",
        "sampling": sampling,
        "best": "reward",
        "reasons": REASONS,
        "refuses": refuses,
        "obstacle": obstacle,
        "loss_reading": REWARD_READING,
        "metrics": METRICS,
    }
    return Task(id=task_id, defaults={**DEFAULTS, **defaults}, **{**shared, **own})


def learning_rate(choice: Choice, method_id: str) -> Choice:
    """A tenth of what teaching answers would take."""
    return Choice(
        float(f"{choice.value / 10:.3g}"),
        "a tenth of what teaching answers takes: a reward is a noisy teacher",
    )


def more_arguments(settings: Any) -> dict[str, Any]:
    """The arguments that both trainers have beyond the usual ones."""
    return {
        "num_generations": settings.num_generations,
        "max_completion_length": settings.max_completion_length,
        "temperature": settings.temperature,
        "beta": settings.beta,
        "disable_dropout": True,
        "num_generations_eval": 1,
        "metric_for_best_model": "reward",
        "greater_is_better": True,
    }


REASONS = {
    "num_generations": "answers to each prompt, judged against one another",
    "max_completion_length": "tokens after which an answer is cut off: writing takes most of the time",
    "beta": "what it costs to move away from the model it started from",
    "disable_dropout": "so that it differs from where it started by what it learned alone",
    "num_generations_eval": "more prompts say more than more answers to one",
    "metric_for_best_model": "the loss of this training says nothing about how good the answers are",
}


REWARD_READING = "The reward says how good the answers are, by whatever gives them their number: higher is better. The evaluation reward is earned on prompts that it does not train on, so that is the one to watch."


def sampling(settings: Any) -> Sampling:
    """How much it writes."""
    return Sampling(settings.num_generations, settings.max_completion_length)


def obstacle(settings: Any, training: Any) -> Obstacle | None:
    """A batch holds all answers to its prompts, and what rewards them has to be there."""
    if training.batch_size % settings.num_generations:
        several = settings.num_generations
        fitting = max(1, round(training.batch_size / several)) * several
        return Obstacle(
            f"A batch of {training.batch_size} answers cannot hold {several} answers to each of its prompts.",
            f"Take a batch size of {fitting}, or another number of answers to each prompt.",
        )
    return reward_obstacle(settings.reward)


def refuses(method: Method, settings: Any) -> Obstacle | None:
    """What it started from has to be there, and the model's output head may have no adapter."""
    targets = getattr(settings, "target_modules", None)
    if isinstance(targets, list | tuple | set) and "lm_head" in targets:
        return Obstacle(
            "TRL reads the output head's own weights here, so that an adapter on lm_head would never be trained.",
            "Leave lm_head out of the layers.",
        )
    return no_reference(method, settings)


METRICS = (
    Metric(
        "reward",
        "reward",
        "What the answers get on average. It should rise; read some answers, too: a reward can be fooled.",
        "higher",
    ),
    Metric(
        "reward_std",
        "spread of the reward",
        "How far the rewards lie apart; at zero all answers are worth the same and nothing can be learned.",
    ),
    Metric(
        "kl",
        "distance from the start",
        "How far the model has moved from where it started, for each token; 0 at the start.",
    ),
    Metric(
        "entropy",
        "undecidedness",
        "How many ways the model sees to go on: at 0 one, at 1 about 3, at 2 about 7, at 3 about 20. Near 0 it always writes "
        "the same, and there is nothing to try.",
    ),
    Metric(
        "completions/mean_length",
        "length of the answers",
        "Tokens on average. Watch it: many rewards are pleased by longer (or shorter) answers, whatever they say.",
    ),
    Metric(
        "completions/clipped_ratio",
        "answers cut off",
        "The share of answers that were not at their end when they had to be; near 1 they have no room.",
        "lower",
    ),
)
