"""An answer and besides it one to avoid: ms-swift's ``rejected_response``, AutoTrain's ``rejected_text``, H2O."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ftkit.data.mapping import Roles, field
from ftkit.data.pairs import alone, conversation, question
from ftkit.data.records import DoesNotFit, Example, lower_names
from ftkit.data.sides import answer_of, shared_prompt

ID = "preference"
KIND = "answer-and-rejected"
LABEL = "an answer, and besides it one that is rejected"
TASK = "dpo"
ROLES = {
    "rejected": (
        "rejected_response",
        "rejected_messages",
        "rejected_text",
        "rejected_output",
        "rejected_answer",
        "rejected",
    ),
    "messages": ("messages", "conversations"),
    "prompt": ("prompt", "query", "instruction", "question"),
    "answer": ("response", "text", "output", "answer", "completion"),
    "context": ("input",),
    "system": ("system", "system_prompt"),
    "history": ("history",),
    "parent": ("parent_id",),
    "tools": ("tools",),
}
REQUIRED = ("rejected",)
CHOSEN = {"chosen", "chosen_messages", "chosen_response", "preferred_output", "preferred"}


def examples(record: Mapping[str, Any], mapping: Roles) -> list[Example]:
    """The answer, or the last one of the conversation, is the better one."""
    alone(record, mapping)
    rejected = tuple(answer_of(field(record, mapping, "rejected"), "rejected answer"))
    if "messages" not in mapping:
        chosen = tuple(answer_of(field(record, mapping, "answer"), "chosen answer"))
        return [Example(turns=tuple(question(record, mapping)), chosen=chosen, rejected=rejected)]
    whole = conversation(record, mapping)
    if rejected[0].role in ("system", "user"):
        sides = tuple(map(tuple, shared_prompt(whole.turns, rejected)))
        return [Example(turns=sides[0], chosen=sides[1], rejected=sides[2], tools=whole.tools)]
    asked = max((place for place, turn in enumerate(whole.turns) if turn.role == "user"), default=-1) + 1
    if asked in (0, len(whole.turns)):
        raise DoesNotFit("the conversation does not end in an answer")
    return [
        Example(turns=whole.turns[:asked], chosen=whole.turns[asked:], rejected=rejected, tools=whole.tools)
    ]


def recognises(record: Mapping[str, Any], mapping: Roles) -> bool:
    """Whether there is an answer besides the rejected one, and none that is called the chosen one."""
    if CHOSEN & lower_names(record).keys():
        return False
    given = {"messages"} <= set(mapping) or {"prompt", "answer"} <= set(mapping)
    return given and bool(field(record, mapping, "rejected"))
