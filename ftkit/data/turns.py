"""A conversation becomes training rows: one for each answer of the assistant, with all that came before as prompt."""

from __future__ import annotations

from collections.abc import Sequence

from ftkit.data.records import DoesNotFit, Turn

Row = dict[str, list[dict[str, str]]]
"""A training row: ``prompt`` and ``completion``, each a list of messages with ``role`` and ``content``."""


def rows_of(turns: Sequence[Turn], system: str | None = None) -> list[Row]:
    """The training rows of one conversation, as TRL's conversational prompt–completion form.

    Parameters
    ----------
    turns
        The conversation: perhaps a system turn, then user and assistant in turn, user first.
    system
        A system prompt for conversations that have none of their own.

    Raises
    ------
    DoesNotFit
        If the order is another one, or there is no answer to learn from.
    """
    turns = list(turns)
    if turns and turns[0].role == "system":
        head, turns = [turns[0]], turns[1:]
    else:
        head = [Turn("system", system)] if system else []
    if not turns:
        raise DoesNotFit("the conversation is empty")
    for place, turn in enumerate(turns):
        if turn.role == "system":
            raise DoesNotFit("a system turn stands in the middle of the conversation")
        if turn.role != ("user", "assistant")[place % 2]:
            raise DoesNotFit("the turns of user and assistant do not alternate, user first")
    messages = [{"role": turn.role, "content": turn.content} for turn in (*head, *turns)]
    rows = [
        {"prompt": messages[: place + len(head)], "completion": [messages[place + len(head)]]}
        for place, turn in enumerate(turns)
        if turn.role == "assistant" and turn.trained
    ]
    if not rows:
        raise DoesNotFit("there is no answer to learn from")
    return rows
