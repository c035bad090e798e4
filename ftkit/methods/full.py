"""Full fine-tuning: every weight of the model trains."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from ftkit.fields import Choice, ModelShape

ID = "full"
ORDER = 20
LABEL = "Full fine-tuning"
SUMMARY = "Trains every weight of the model."
CHOOSE_WHEN = "A small model, plenty of data and memory, and a task far from what the model knows."
WATCH_FOR = "Needs about four times the model's size in memory, and forgets other abilities more easily."
MERGES = True
ADAPTER = False
CONFIG = ""
DEFAULTS: dict[str, Any] = {}


class Settings(BaseModel):
    """Full fine-tuning has no settings of its own."""

    model_config = ConfigDict(extra="forbid", frozen=True, title=LABEL)

    name: Literal["full"] = "full"


def resolve(settings: Settings) -> tuple[Settings, dict[str, str]]:
    """Nothing to fill."""
    return settings, {}


def trainable(settings: Settings, shape: ModelShape) -> int:
    """Exact number of parameters that train: all of them."""
    return shape.parameters


def learning_rate(shape: ModelShape, steps: int) -> Choice:
    """Where to start: low, because every weight moves."""
    return Choice(2e-5, "every weight moves, so a low rate guards what the model knows")


def cell(settings: Settings, reasons: dict[str, str]) -> str:
    """The source of the method cell."""
    return (
        "# Full fine-tuning: every weight trains, so there is no adapter to configure.\npeft_config = None\n"
    )
