"""Kahneman-Tversky optimisation: the model learns from answers that are marked as good or bad, one by one."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, field_validator

from ftkit.fields import Choice, no_truth_value, setting
from ftkit.methods import Obstacle
from ftkit.tasks.task import TRL_COMMON, Metric, Task, no_reference


class Settings(BaseModel):
    """The settings of KTO, named as in TRL's ``KTOConfig``."""

    model_config = ConfigDict(extra="forbid", frozen=True, title="Kahneman-Tversky optimisation")

    name: Literal["kto"] = "kto"
    beta: float = setting(
        0.1,
        label="Beta",
        help="How strongly the model is held to the one it started from: a small beta lets it go further.",
        usual=(0.05, 0.5),
        argument="KTOConfig.beta",
        when_overfitting="Raise it.",
        when_underfitting="Lower it.",
        too_low="the model drifts far from the one it started from, and may forget how to answer.",
        too_high="it hardly moves at all.",
        hint="Try 0.1.",
        gt=0,
        allow_inf_nan=False,
    )
    desirable_weight: float = setting(
        1.0,
        label="Weight of good answers",
        help="How much an answer marked as good counts. Raise it where there are fewer good ones than bad ones.",
        usual=(1.0, 4.0),
        argument="KTOConfig.desirable_weight",
        too_low="bad answers outweigh the good ones.",
        too_high="the model learns to say what is good, and not what to avoid.",
        hint="Try 1; with three bad answers to each good one, 3.",
        gt=0,
        allow_inf_nan=False,
    )
    undesirable_weight: float = setting(
        1.0,
        label="Weight of bad answers",
        help="How much an answer marked as bad counts. Raise it where there are fewer bad ones than good ones.",
        usual=(1.0, 4.0),
        argument="KTOConfig.undesirable_weight",
        too_low="good answers outweigh the bad ones.",
        too_high="the model learns what to avoid, and not what to say.",
        hint="Try 1; with three good answers to each bad one, 3.",
        gt=0,
        allow_inf_nan=False,
    )

    _numbers = field_validator("beta", "desirable_weight", "undesirable_weight", mode="before")(
        no_truth_value
    )


def learning_rate(choice: Choice, method_id: str) -> Choice:
    """A tenth of what teaching answers would take, as with DPO."""
    return Choice(
        float(f"{choice.value / 10:.3g}"),
        "a tenth of what teaching answers takes: preferences are easily overdone",
    )


def more_arguments(settings: Any) -> dict[str, Any]:
    """Its own settings."""
    return {
        "beta": settings.beta,
        "desirable_weight": settings.desirable_weight,
        "undesirable_weight": settings.undesirable_weight,
    }


def obstacle(settings: Any, training: Any) -> Obstacle | None:
    """It compares the answers of a micro-batch with one another, so that one alone will not do."""
    for size, name in (
        (training.batch_size, "batch"),
        (training.per_device_train_batch_size, "micro-batch"),
    ):
        if isinstance(size, int) and size < TASK.least_micro_batch:
            return Obstacle(
                f"KTO learns how far the model has moved by swapping the answers of a {name}, and this one "
                f"holds {size}.",
                "Take at least 2, better 8.",
            )
    return None


TASK = Task(
    id="kto",
    order=42,
    title="Learn from thumbs up and thumbs down (KTO)",
    summary="You have single answers marked as good or bad; the model learns to write more like the good ones.",
    choose_when="Your users rated answers, and there is no second answer to compare with.",
    form="unpaired",
    settings=Settings,
    trainer="KTOTrainer",
    arguments="KTOConfig",
    defaults={
        **TRL_COMMON,
        "learning_rate": 1e-6,
        "beta": 0.1,
        "desirable_weight": 1.0,
        "undesirable_weight": 1.0,
    },
    more_arguments=more_arguments,
    learning_rate=learning_rate,
    sequences=2,
    reference="base",
    shuffled=True,
    least_micro_batch=2,
    refuses=no_reference,
    obstacle=obstacle,
    loss_reading="The loss says how little the model has moved towards good answers and away from bad ones: 0.5 at the start, lower is better. The evaluation loss is measured on examples that it does not train on, so that is the one to watch.",
    metrics=(
        Metric(
            "rewards/margins",
            "margin",
            "How much further it has moved towards good answers than towards bad ones; 0 at the start.",
            "higher",
        ),
        Metric(
            "kl",
            "distance from the start",
            "How far the model has moved from where it started, on answers to other questions; 0 at the start.",
        ),
        Metric(
            "logps/chosen",
            "log-probability of good answers",
            "Watch it: where it falls, the model moves away from good answers, too, only faster from bad ones.",
            "higher",
        ),
    ),
)
