"""Text classification: the model learns to put a text into one of several classes."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict

from ftkit.fields import Choice, setting
from ftkit.methods import METHODS
from ftkit.tasks.task import COMMON, Metric, Task

USUAL = 2e-4


class Settings(BaseModel):
    """The settings of classification."""

    model_config = ConfigDict(extra="forbid", frozen=True, title="Text classification")

    name: Literal["classification"] = "classification"
    class_weights: bool = setting(
        False,
        label="Weigh rare classes",
        help="Whether a mistake in a rare class counts more, so that the model does not simply say the common one.",
        variable="class_weights",
        hint="Try yes where one class has several times as many examples as another.",
    )


def learning_rate(choice: Choice, method_id: str) -> Choice:
    """The usual starts for classifiers."""
    if method_id == "full":
        return Choice(2e-5, "the usual start for a classifier whose weights all train")
    if METHODS[method_id].rates[0] > USUAL:
        return choice  # soft prompts and the like learn nothing at a rate for matrices
    return Choice(min(choice.value, USUAL), "the usual start for a classifier with an adapter")


TASK = Task(
    id="classification",
    order=30,
    title="Put texts into classes (text classification)",
    summary="You have texts with labels; the model learns to give a new text its label.",
    choose_when="Sentiment, topics, routing, triage: the answer is one of a few words known beforehand.",
    form="classification",
    settings=Settings,
    trainer="Trainer",
    pads=True,
    measures=False,
    arguments="TrainingArguments",
    package="transformers",
    defaults={
        **COMMON,
        "learning_rate": 5e-5,
        "bf16": False,
        "activation_checkpointing": False,
        "logging_steps": 500,
    },
    template="train_classification",
    head="classes",
    learning_rate=learning_rate,
    starts={"batch_size": 16, "num_train_epochs": 3.0},
    eval_batch=64,
    loss_reading="The loss says how surprised the model is by the right labels: lower is better. The evaluation loss is measured on examples that it does not train on, so that is the one to watch.",
    metrics=(
        Metric("accuracy", "accuracy", "The share of texts that get the right label.", "higher"),
        Metric(
            "f1",
            "macro-F1",
            "How well each class is found, averaged over classes: a rare class counts as much as a common one.",
            "higher",
        ),
    ),
)
