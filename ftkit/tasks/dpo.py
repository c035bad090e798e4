"""Direct preference optimisation: of two answers the model learns to prefer the better one."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, field_validator

from ftkit.fields import Choice, no_truth_value, setting
from ftkit.tasks.task import TRL_COMMON, Metric, Task, no_reference


class Settings(BaseModel):
    """The settings of DPO, named as in TRL's ``DPOConfig``."""

    model_config = ConfigDict(extra="forbid", frozen=True, title="Direct preference optimisation")

    name: Literal["dpo"] = "dpo"
    beta: float = setting(
        0.1,
        label="Beta",
        help="How strongly the model is held to the one it started from: a small beta lets it go further.",
        usual=(0.05, 0.5),
        argument="DPOConfig.beta",
        when_overfitting="Raise it.",
        when_underfitting="Lower it.",
        too_low="the model runs away from the one it started from, and its answers fall apart.",
        too_high="it may not move at all.",
        hint="Try 0.1.",
        gt=0,
        allow_inf_nan=False,
    )

    _numbers = field_validator("beta", mode="before")(no_truth_value)


def learning_rate(choice: Choice, method_id: str) -> Choice:
    """A tenth of what teaching answers would take."""
    return Choice(
        float(f"{choice.value / 10:.3g}"),
        "a tenth of what teaching answers takes: preferences are easily overdone",
    )


def more_arguments(settings: Any) -> dict[str, Any]:
    """Its own setting."""
    return {"beta": settings.beta}


TASK = Task(
    id="dpo",
    order=40,
    title="Prefer the better of two answers (DPO)",
    summary="You have pairs of answers, one better than the other; the model learns to prefer the better one.",
    choose_when="Good answers are hard to write but easy to pick; after a first fine-tune on examples.",
    form="preference",
    settings=Settings,
    trainer="DPOTrainer",
    arguments="DPOConfig",
    defaults={**TRL_COMMON, "learning_rate": 1e-6, "beta": 0.1},
    more_arguments=more_arguments,
    learning_rate=learning_rate,
    sequences=2,
    reference="base",
    leads_to={"dpo": "Gather pairs of its new answers, and let it prefer the better ones once more."},
    refuses=no_reference,
    loss_reading="The loss says how little the model has moved towards the better answers: 0.693 at the start, lower is "
    "better. The evaluation loss is measured on examples that it does not train on, so that is the one to watch.",
    metrics=(
        Metric(
            "rewards/accuracies",
            "better answer preferred",
            "The share of pairs in which the model has moved towards the better answer; 0.5 is chance.",
            "higher",
        ),
        Metric(
            "rewards/margins",
            "margin",
            "How much further it has moved towards the better answer than towards the worse one; 0 at the start.",
            "higher",
        ),
        Metric(
            "logps/chosen",
            "log-probability of the better answer",
            "Watch it: where it falls, the model moves away from both answers, only faster from the worse one.",
            "higher",
        ),
    ),
)
