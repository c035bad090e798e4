"""A question and its answer in columns of their own: what several families share."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ftkit.data.mapping import Roles, field
from ftkit.data.records import DoesNotFit, Example, Turn, optional_text, text_of


def pair(record: Mapping[str, Any], mapping: Roles) -> list[Turn]:
    """The columns with the roles system, history, prompt, context, thinking and answer as a conversation.

    Raises
    ------
    DoesNotFit
        If one of them is missing or no text.
    """
    thinking = optional_text(field(record, mapping, "thinking"), "reasoning")
    answer = Turn("assistant", text_of(field(record, mapping, "answer"), "answer"), thinking=thinking)
    return [*question(record, mapping), answer]


def question(record: Mapping[str, Any], mapping: Roles) -> list[Turn]:
    """All that stands before the answer.

    The context stands below the prompt after an empty line. The prompt may be empty where there is a context:
    public Alpaca files often put the whole question there.

    Raises
    ------
    DoesNotFit
        If one of the columns is missing or no text.
    """
    system = optional_text(field(record, mapping, "system"), "system prompt")
    context = optional_text(field(record, mapping, "context"), "context")
    prompt = field(record, mapping, "prompt")
    asked = optional_text(prompt, "prompt") if context else text_of(prompt, "prompt")
    user = Turn("user", "\n\n".join(text for text in (asked, context) if text))
    head = [Turn("system", system)] if system else []
    return [*head, *_history(field(record, mapping, "history")), user]


def pair_example(record: Mapping[str, Any], mapping: Roles) -> list[Example]:
    """The pair as the one example of its record."""
    return [Example(turns=tuple(pair(record, mapping)))]


def _history(history: Any) -> list[Turn]:
    """Earlier questions and answers: ``[[question, answer], …]``."""
    if history in (None, "", [], ()):
        return []
    if not isinstance(history, list):
        raise DoesNotFit("the history is not a list of pairs")
    turns = []
    for exchange in history:
        if not isinstance(exchange, list) or len(exchange) != 2:
            raise DoesNotFit("the history is not a list of pairs")
        turns.append(Turn("user", text_of(exchange[0], "question in the history")))
        turns.append(Turn("assistant", text_of(exchange[1], "answer in the history")))
    return turns
