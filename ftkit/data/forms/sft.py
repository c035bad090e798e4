"""Prompt and completion in messages: what supervised fine-tuning reads."""

from __future__ import annotations

from typing import Any

from ftkit.data.records import DoesNotFit, Example, Turn
from ftkit.data.turns import Row, rows_of

ID = "sft"
LABEL = "prompt and completion"
TASKS = ("sft", "multi-task")
COLUMNS = {"prompt": "messages", "completion": "messages"}
FROM = {
    "preference": "Of each pair the better answer is learned, and the worse one is left out.",
    "unpaired": "Answers marked as good are learned, and rows marked as bad are left out.",
    "classification": "The label is learned as the answer to the text.",
    "stepwise": "Solutions whose steps are all right are learned, and the others are left out.",
}


def rows(example: Example, system: str | None = None) -> list[Row]:
    """A row for each answer of the assistant that is to be learned from, with all that came before as prompt.

    A pair of a better and a worse answer teaches the better one; an answer marked as bad teaches nothing.

    Raises
    ------
    DoesNotFit
        If there is no conversation, or no answer to learn from.
    """
    return rows_of(_conversation(example), system, example.tools)


def _conversation(example: Example) -> list[Turn]:
    if example.label is False:
        raise DoesNotFit("the answer is marked as bad")
    if example.chosen:
        read = (Turn(t.role, t.content, False, t.tool_calls, t.name, t.thinking) for t in example.turns)
        return [*read, *example.chosen]
    if example.steps:
        if not all(example.step_labels):
            raise DoesNotFit("a step of the solution is marked as wrong")
        return [*example.turns, Turn("assistant", "\n\n".join(example.steps))]
    if example.turns:
        return list(example.turns)
    if example.text and isinstance(example.label, str):
        return [Turn("user", example.text), Turn("assistant", example.label)]
    if example.text and example.label is not None:
        raise DoesNotFit("the label is a number, which says nothing as an answer")
    if example.text:
        raise DoesNotFit("running text has no prompt and answer to tell apart")
    raise DoesNotFit("the conversation is empty")


def sequences(row: Row) -> list[tuple[list[dict[str, Any]] | None, list[dict[str, Any]] | str]]:
    """The prompt, and the completion that is learned from."""
    return [(row["prompt"], row["completion"])]
