"""Supervised fine-tuning: the model learns to answer as the examples do."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict

ID = "sft"
LABEL = "Answer as in my examples (supervised fine-tuning, SFT)"
SUMMARY = "You have questions with the answers you want; the model learns to answer like them."
TRAINER = "SFTTrainer"
ARGUMENTS = "SFTConfig"


class Settings(BaseModel):
    """Supervised fine-tuning has no settings of its own: only the answers are trained on."""

    model_config = ConfigDict(extra="forbid", frozen=True, title=LABEL)

    name: Literal["sft"] = "sft"
