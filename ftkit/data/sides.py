"""The better and the worse answer of a pair, and the prompt that they share."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from ftkit.data.messages import messages_in, turns_of
from ftkit.data.records import DoesNotFit, Example, Turn, text_of

_SPEAKER = re.compile(r"(?:\A\s*|\n\n[ \t]*)(Human|Assistant|H|A):[ \t]*")

_STARTS = re.compile(r"\s*(Human|H):")
_ENDS = re.compile(r"\n\n[ \t]*(Assistant|A):\s*\Z")


def answer_of(value: Any, what: str) -> list[Turn]:
    """One side: a text, a message, or a list of messages that may begin with the prompt.

    Raises
    ------
    DoesNotFit
        If there is nothing, or nothing that can be read.
    """
    value = messages_in(value)
    if isinstance(value, (dict, list)) and value:
        turns = turns_of([value] if isinstance(value, dict) else value)
        if turns:
            return turns
    return [Turn("assistant", text_of(value, what))]


def is_transcript(value: Any) -> bool:
    """Whether a text is written as a play: ``Human: …`` and, after an empty line, ``Assistant: …``."""
    return isinstance(value, str) and {"Human", "Assistant"} <= set(_SPEAKER.findall(value))


def transcript_turns(text: str, side: str) -> list[Turn]:
    """The turns of a transcript.

    Raises
    ------
    DoesNotFit
        If it does not begin with a speaker, or one of them says nothing.
    """
    before, *spoken = _SPEAKER.split(text)
    if before.strip() or not spoken:
        raise DoesNotFit(f"the {side} transcript does not begin with a speaker")
    turns = []
    for place, (speaker, said) in enumerate(zip(spoken[::2], spoken[1::2], strict=True)):
        last = place == len(spoken) // 2 - 1
        what = f"{side} answer" if last else "a turn of the transcript"
        if not said.strip():
            raise DoesNotFit(f"the {what} is empty" if last else f"{what} is empty")
        turns.append(Turn("user" if speaker in ("Human", "H") else "assistant", said.strip()))
    return turns


def asked_in_transcript(text: str) -> list[Turn] | None:
    """The turns of a prompt that is written as a transcript and ends where the assistant begins to speak."""
    end = _ENDS.search(text) if _STARTS.match(text) else None
    return transcript_turns(text[: end.start()], "prompt") if end else None


def shared_prompt(
    chosen: Sequence[Turn], rejected: Sequence[Turn]
) -> tuple[list[Turn], list[Turn], list[Turn]]:
    """The turns with which both sides begin, up to the last shared question, and what each goes on with.

    Raises
    ------
    DoesNotFit
        If there is no such beginning, or nothing after it.
    """
    same = 0
    for one, other in zip(chosen, rejected, strict=False):
        if (one.role, one.content, one.tool_calls) != (other.role, other.content, other.tool_calls):
            break
        same += 1
    while same and chosen[same - 1].role not in ("user", "tool"):
        same -= 1
    rest = [list(chosen[same:]), list(rejected[same:])]
    if not same or any(not turns or turns[0].role != "assistant" for turns in rest):
        raise DoesNotFit("the two answers do not share their prompt")
    return list(chosen[:same]), rest[0], rest[1]


def begun_alike(chosen: str, rejected: str) -> Example:
    """Two texts that begin with the same words, as TRL reads pairs without a prompt: these words are the prompt.

    Raises
    ------
    DoesNotFit
        If they share fewer than two words at the beginning, or one says nothing after them.
    """
    pairs = enumerate(zip(chosen, rejected, strict=False))
    shared = chosen[: next((n for n, (one, other) in pairs if one != other), min(len(chosen), len(rejected)))]
    if shared not in (chosen, rejected) or chosen == rejected:
        # A word of which only the first letters are the same belongs to the answers.
        shared = shared[: max(shared.rfind(" "), shared.rfind("\n")) + 1]
    if len(shared.split()) < 2:
        raise DoesNotFit("the prompt is missing")
    sides = [text[len(shared) :].strip() for text in (chosen, rejected)]
    if not all(sides):
        raise DoesNotFit("one of the two answers is only the beginning of the other")
    better, worse = (Turn("assistant", side) for side in sides)
    return Example(turns=(Turn("user", shared.strip()),), chosen=(better,), rejected=(worse,))
