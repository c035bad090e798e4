"""Domain adaptation: the model reads a field's texts and picks up its language."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict

from ftkit.tasks.sft import TASK as SFT
from ftkit.tasks.task import TRL_COMMON, Task


class Settings(BaseModel):
    """Domain adaptation has no settings of its own: every token of the texts is learned from."""

    model_config = ConfigDict(extra="forbid", frozen=True, title="Domain adaptation")

    name: Literal["domain"] = "domain"


TASK = Task(
    id="domain",
    order=20,
    title="Get to know my texts (domain adaptation)",
    summary="The model reads plain texts of your field, word by word, and picks up its language.",
    choose_when="You have documents, not questions and answers: reports, manuals, papers, letters.",
    form="domain",
    settings=Settings,
    trainer="SFTTrainer",
    measures=False,
    arguments="SFTConfig",
    defaults={**TRL_COMMON, "learning_rate": 2e-5},
    metrics=SFT.metrics,
    leads_to={"sft": "It knows the language of your field now: teach it to answer in it."},
)
