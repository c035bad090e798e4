"""A conversation becomes training rows: one for each answer of the assistant, with all that came before as prompt."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from ftkit.data.records import DoesNotFit, Turn

Message = dict[str, Any]
"""``role`` and ``content``; besides, where there are any, ``tool_calls`` and the ``name`` of a tool."""
Row = dict[str, Any]
"""A training row of a form. For supervised fine-tuning ``prompt`` and ``completion``, each a list of messages,
and ``tools`` where the assistant may call some."""
_CALLED = re.compile(r"<\|?/?(tool_?call|function_?call|python_tag)")
"""A call that stands in the text of an answer, between marks of its model."""
ORDER = "the turns of user and assistant do not alternate, user first"


def rows_of(
    turns: Sequence[Turn], system: str | None = None, tools: Sequence[dict[str, Any]] = ()
) -> list[Row]:
    """The training rows of one conversation, as TRL's conversational prompt–completion form.

    Parameters
    ----------
    turns
        The conversation: perhaps a system turn, then user and assistant in turn, user first. Between two answers of
        the assistant may stand what tools gave back.
    system
        A system prompt for conversations that have none of their own.
    tools
        The tools that the assistant may call; every row gets them.

    Raises
    ------
    DoesNotFit
        If the order is another one, or there is no answer to learn from.
    """
    turns = in_order(turns, system)
    rows: list[Row] = [
        {"prompt": prompt_of(turns[:place]), "completion": [message_of(turn)]}
        for place, turn in enumerate(turns)
        if turn.role == "assistant" and turn.trained
    ]
    if not rows:
        raise DoesNotFit("there is no answer to learn from")
    return [offering(row, tools) for row in rows]


def offering(row: Row, tools: Sequence[dict[str, Any]]) -> Row:
    """The row with the tools that the assistant may call; without such a column where there are none."""
    return {**row, "tools": list(tools)} if tools else row


def in_order(turns: Sequence[Turn], system: str | None = None) -> list[Turn]:
    """The turns, with a system prompt where they have none and one is given.

    Raises
    ------
    DoesNotFit
        If there are none, or they stand in an order that no chat template knows.
    """
    turns = list(turns)
    if turns and turns[0].role == "system":
        head, turns = [turns[0]], turns[1:]
    else:
        head = [Turn("system", system)] if system else []
    if not turns:
        raise DoesNotFit("the conversation is empty")
    before = Turn("assistant", "")
    for turn in turns:
        if turn.role == "system":
            raise DoesNotFit("a system turn stands in the middle of the conversation")
        if turn.role == "tool":
            if before.role != "tool" and not before.tool_calls and not _CALLED.search(before.content):
                raise DoesNotFit("a tool answers that nobody called")
        elif turn.role == before.role or (turn.role == "user" and before.role == "tool"):
            raise DoesNotFit(ORDER)
        before = turn
    return [*head, *turns]


def prompt_of(turns: Sequence[Turn]) -> list[Message]:
    """Turns that are only read, as messages.

    What the assistant thought before the last question is left out, as it is wherever such models are used.
    """
    asked = max((place for place, turn in enumerate(turns) if turn.role == "user"), default=0)
    return [message_of(turn, thinking=place > asked) for place, turn in enumerate(turns)]


def message_of(turn: Turn, thinking: bool = True) -> Message:
    """A turn as a message. Thoughts stand before the answer between think tags: chat templates without a place for
    them would drop them silently otherwise.
    """
    content = turn.content
    if turn.thinking and thinking:
        content = f"<think>\n{turn.thinking}\n</think>\n\n{content}"
    message: Message = {"role": turn.role, "content": content}
    if turn.tool_calls:
        message["tool_calls"] = list(turn.tool_calls)
    if turn.name:
        message["name"] = turn.name
    return message
