"""A solution in steps, each marked as right or wrong: what process reward models read."""

from __future__ import annotations

from typing import Any

from ftkit.data.records import DoesNotFit, Example

ID = "stepwise"
LABEL = "prompt with steps marked right or wrong"
TASKS = ("prm",)
COLUMNS = {"prompt": "text", "completions": "texts", "labels": "several yes or no"}
FROM: dict[str, str] = {}
LEAD = "The model learns from solutions in steps, each step marked as right or wrong."
EXAMPLE = (
    '{"prompt": "What is 2 + 3 × 4?", "completions": ["3 × 4 = 12", "2 + 12 = 14"], "labels": [true, true]}'
)
FAMILY = "stepwise"
LONG = "left out"


def rows(example: Example, system: str | None = None) -> list[dict[str, Any]]:
    """The steps with their marks; the prompt is plain text here, as TRL wants it.

    Raises
    ------
    DoesNotFit
        If there are no steps.
    """
    if not example.steps:
        raise DoesNotFit("there are no steps that are marked as right or wrong")
    head = [system] if system and example.turns[0].role != "system" else []
    prompt = "\n\n".join([*head, *(turn.content for turn in example.turns)])
    return [{"prompt": prompt, "completions": list(example.steps), "labels": list(example.step_labels)}]


def sequences(row: dict[str, Any]) -> list[tuple[None, str]]:
    """Prompt and steps, one a line."""
    return [(None, "\n".join([row["prompt"], *row["completions"]]))]
