"""A prompt with an answer that is marked as good or bad: what KTO reads."""

from __future__ import annotations

from typing import Any

from ftkit.data.records import DoesNotFit, Example
from ftkit.data.turns import in_order, message_of, offering, prompt_of

ID = "unpaired"
LABEL = "prompt with an answer marked good or bad"
TASKS = ("kto",)
COLUMNS = {"prompt": "messages", "completion": "messages", "label": "yes or no"}
FROM = {
    "preference": "Each pair becomes two rows: the better answer as a good one, the worse one as a bad one."
}
LEAD = "The model learns from single answers that somebody marked as good or bad. Both kinds are needed."
EXAMPLE = '{"prompt": "Who are you?", "completion": "Ahoy, I be Captain Byte!", "label": true}'
FAMILY = "unpaired-preference"
LONG = "left out"


def rows(example: Example, system: str | None = None) -> list[dict[str, Any]]:
    """The last answer with its mark; a pair gives a good one and a bad one.

    Raises
    ------
    DoesNotFit
        If nobody said whether the answer is good, or there is none.
    """
    if example.chosen and example.rejected:
        answers = [([*example.turns, *example.chosen], True), ([*example.turns, *example.rejected], False)]
    elif isinstance(example.label, bool) and example.turns:
        answers = [(list(example.turns), example.label)]
    else:
        raise DoesNotFit("the answer is not marked as good or bad")
    found = []
    for given, label in answers:
        turns = in_order(given, system)
        if turns[-1].role != "assistant":
            raise DoesNotFit("the conversation does not end in an answer")
        row = {"prompt": prompt_of(turns[:-1]), "completion": [message_of(turns[-1])], "label": label}
        found.append(offering(row, example.tools))
    return found


def sequences(row: dict[str, Any]) -> list[tuple[list[dict[str, Any]], list[dict[str, Any]]]]:
    """The answer after the prompt."""
    return [(row["prompt"], row["completion"])]
