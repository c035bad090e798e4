"""Prompts alone: the model writes the answers while it trains (GRPO, RLOO, PPO)."""

from __future__ import annotations

from typing import Any

from ftkit.data.records import DoesNotFit, Example
from ftkit.data.turns import in_order, offering, prompt_of

ID = "prompts"
LABEL = "prompts alone"
TASKS = ("grpo", "rloo", "ppo")
COLUMNS = {"prompt": "messages"}
FROM = dict.fromkeys(
    ("sft", "preference", "unpaired", "stepwise"),
    "Only the prompts are used: in this task the model writes the answers itself.",
)
LEAD = (
    "The model gets questions only. While it trains, it writes the answers itself, and they are judged: "
    "questions like those that it will be asked are all you need."
)
EXAMPLE = '{"prompt": "Who are you?"}'
FAMILY = "prompt-only"
LONG = "left out"


def rows(example: Example, system: str | None = None) -> list[dict[str, Any]]:
    """The conversation up to the last question.

    Raises
    ------
    DoesNotFit
        If there is none.
    """
    if not example.turns:
        raise DoesNotFit("there is no prompt")
    turns = in_order(example.turns, system)
    while turns and turns[-1].role in ("assistant", "system"):
        turns.pop()
    if not turns:
        raise DoesNotFit("there is no prompt")
    return [offering({"prompt": prompt_of(turns)}, example.tools)]


def sequences(row: dict[str, Any]) -> list[tuple[list[dict[str, Any]], list[dict[str, Any]]]]:
    """The prompt, with no answer yet."""
    return [(row["prompt"], [])]
