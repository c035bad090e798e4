"""Odds ratio preference optimisation: the model learns the better answer and to avoid the worse one, in one go."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, field_validator

from ftkit.fields import Choice, no_truth_value, setting
from ftkit.methods import Method, Obstacle
from ftkit.tasks.task import TRL_COMMON, Metric, Task


class Settings(BaseModel):
    """The settings of ORPO, named as in TRL's ``ORPOConfig``."""

    model_config = ConfigDict(extra="forbid", frozen=True, title="Odds ratio preference optimisation")

    name: Literal["orpo"] = "orpo"
    beta: float = setting(
        0.1,
        label="Beta",
        help="How much it counts to avoid the worse answer, beside learning the better one.",
        usual=(0.05, 0.5),
        argument="ORPOConfig.beta",
        when_overfitting="Lower it.",
        when_underfitting="Raise it where the two answers stay equally likely.",
        too_low="it is plain fine-tuning on the better answers.",
        too_high="it avoids the worse answers more than it learns the better ones, and may lose its language.",
        hint="Try 0.1.",
        gt=0,
        allow_inf_nan=False,
    )

    _numbers = field_validator("beta", mode="before")(no_truth_value)


def learning_rate(choice: Choice, method_id: str) -> Choice:
    """A quarter of what teaching answers would take."""
    return Choice(
        float(f"{choice.value / 4:.3g}"),
        "a quarter of what teaching answers takes: it learns answers and preferences at once",
    )


def more_arguments(settings: Any) -> dict[str, Any]:
    """Its own setting."""
    return {"beta": settings.beta}


def refuses(method: Method, settings: Any) -> Obstacle | None:
    """A soft prompt makes the model's output longer than the text, which TRL's ORPO does not reckon with."""
    if method.id not in ("prompt-tuning", "p-tuning"):
        return None
    return Obstacle(
        f"{method.label} puts vectors in front of the text, and TRL's ORPO cannot tell them from its words.",
        "Take LoRA, or the task DPO.",
    )


TASK = Task(
    id="orpo",
    order=44,
    title="Learn the better answer and avoid the worse one (ORPO)",
    summary="From pairs of answers the model learns to write the better one and not the worse one, in one training.",
    choose_when="You have pairs of answers and no fine-tuned model yet: it takes no reference and no first stage.",
    form="preference",
    settings=Settings,
    trainer="ORPOTrainer",
    pads=True,
    measures=False,
    arguments="ORPOConfig",
    module="trl.experimental.orpo",
    defaults={**TRL_COMMON, "learning_rate": 1e-6, "beta": 0.1},
    more_arguments=more_arguments,
    learning_rate=learning_rate,
    sequences=2,
    refuses=refuses,
    loss_reading="The loss is that of writing the better answer, and on top a price for finding the worse one as likely: lower is better. The evaluation loss is measured on examples that it does not train on, so that is the one to watch.",
    metrics=(
        Metric(
            "rewards/accuracies",
            "better answer likelier",
            "The share of pairs in which the better answer is the likelier one; 0.5 is chance.",
            "higher",
        ),
        Metric(
            "log_odds_chosen",
            "lead of the better answer",
            "How much likelier the better answer is than the worse one (logarithm of the odds); above zero it leads.",
            "higher",
        ),
        Metric(
            "nll_loss",
            "loss on the better answer",
            "How surprising the model finds prompt and better answer: this part of the loss is ordinary teaching.",
            "lower",
        ),
    ),
)
