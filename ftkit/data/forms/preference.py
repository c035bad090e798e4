"""A prompt with a better and a worse answer: what DPO, ORPO and reward models read."""

from __future__ import annotations

from typing import Any

from ftkit.data.records import DoesNotFit, Example
from ftkit.data.turns import in_order, message_of, offering, prompt_of

ID = "preference"
LABEL = "prompt with a better and a worse answer"
TASKS = ("dpo", "orpo", "reward")
COLUMNS = {"prompt": "messages", "chosen": "messages", "rejected": "messages"}
FROM: dict[str, str] = {}
LEAD = (
    "The model learns from pairs of answers to the same question: one that you would rather have, and one that "
    "you would not. The clearer the difference is, the better."
)
EXAMPLE = '{"prompt": "Who are you?", "chosen": "Ahoy, I be Captain Byte!", "rejected": "I am an AI model."}'
FAMILY = "preference"
LONG = "left out"


def rows(example: Example, system: str | None = None) -> list[dict[str, Any]]:
    """The pair.

    Raises
    ------
    DoesNotFit
        If there are no two answers to one prompt.
    """
    if not (example.chosen and example.rejected):
        raise DoesNotFit("there are no two answers to choose between")
    pair = {}
    for name, answer in (("chosen", example.chosen), ("rejected", example.rejected)):
        turns = in_order([*example.turns, *answer], system)
        split = len(turns) - len(answer)
        if turns[split].role != "assistant" or turns[-1].role != "assistant":
            raise DoesNotFit(f"the {name} side is no answer of the assistant")
        pair["prompt"] = prompt_of(turns[:split])
        pair[name] = [message_of(turn) for turn in turns[split:]]
    return [offering(pair, example.tools)]


def sequences(row: dict[str, Any]) -> list[tuple[list[dict[str, Any]], list[dict[str, Any]]]]:
    """Both answers, each after the prompt."""
    return [(row["prompt"], row["chosen"]), (row["prompt"], row["rejected"])]
