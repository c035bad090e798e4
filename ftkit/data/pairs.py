"""A question and its answer in columns of their own: what several families share."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ftkit.data.mapping import Roles, field
from ftkit.data.messages import messages_in, turns_of
from ftkit.data.records import DoesNotFit, Example, Turn, optional_text, text_of
from ftkit.data.sides import asked_in_transcript
from ftkit.data.tools import tools_of


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
    prompt = messages_in(field(record, mapping, "prompt"))
    head = [Turn("system", system)] if system else []
    if isinstance(prompt, (list, dict)) and prompt:
        turns = turns_of([prompt] if isinstance(prompt, dict) else prompt)
        return turns if turns[0].role == "system" else [*head, *turns]
    asked = optional_text(prompt, "prompt") if context else text_of(prompt, "prompt")
    if not context and (spoken := asked_in_transcript(asked)):
        return [*head, *spoken]
    user = Turn("user", "\n\n".join(text for text in (asked, context) if text))
    return [*head, *_history(field(record, mapping, "history")), user]


def pair_example(record: Mapping[str, Any], mapping: Roles) -> list[Example]:
    """The pair as the one example of its record."""
    alone(record, mapping)
    return [Example(turns=tuple(pair(record, mapping)), tools=offered(record, mapping))]


def conversation(record: Mapping[str, Any], mapping: Roles, role_key: str = "") -> Example:
    """The messages of a record with its tools, after its own system prompt where it has one.

    Raises
    ------
    DoesNotFit
        If the messages or the tools cannot be read.
    """
    turns = turns_of(field(record, mapping, "messages"), role_key)
    system = optional_text(field(record, mapping, "system"), "system prompt")
    head = [Turn("system", system)] if system and not (turns and turns[0].role == "system") else []
    return Example(turns=(*head, *turns), tools=offered(record, mapping))


def offered(record: Mapping[str, Any], mapping: Roles) -> tuple[dict[str, Any], ...]:
    """The tools that the record offers.

    Raises
    ------
    DoesNotFit
        If they cannot be read.
    """
    return tools_of(field(record, mapping, "tools")) if "tools" in mapping else ()


def alone(record: Mapping[str, Any], mapping: Roles) -> None:
    """See that the record does not go on where another one ends: rows are taken one by one.

    Raises
    ------
    DoesNotFit
        If it names a parent.
    """
    if field(record, mapping, "parent") not in (None, "", [], {}):
        raise DoesNotFit("the row goes on where another row ends (it has a parent)")


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
