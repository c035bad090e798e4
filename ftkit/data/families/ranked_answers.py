"""Several answers to one prompt with a rank or a score each (Nectar, UltraFeedback): every two make a pair."""

from __future__ import annotations

import math
from collections.abc import Mapping
from itertools import combinations
from typing import Any

from ftkit.data.mapping import Roles, field
from ftkit.data.pairs import question
from ftkit.data.records import DoesNotFit, Example, Turn, text_of, together

ID = "preference"
KIND = "ranked-answers"
LABEL = "several answers with a rank or a score each"
TASK = "dpo"
NOTE = "Every two answers of different rank make a pair; all pairs of one prompt stay in one part."
ROLES = {
    "prompt": ("prompt", "question", "instruction", "query"),
    "answers": ("answers", "completions", "responses"),
    "context": ("input", "context"),
    "system": ("system", "system_prompt"),
}
REQUIRED = ("prompt", "answers")
TEXTS = ("answer", "response", "completion", "text", "output", "content")
SCORES = ("overall_score", "score", "rating", "fine-grained_score")
MOST = 16
"""Of more answers than these not every two make a pair, but the best with each of the others."""


def examples(record: Mapping[str, Any], mapping: Roles) -> list[Example]:
    """Pairs of a better and a worse answer, the best answers first."""
    answers = field(record, mapping, "answers")
    if not isinstance(answers, list):
        raise DoesNotFit("the answers are not a list")
    ranked = sorted((_ranked(answer) for answer in answers), key=lambda one: one[0])
    if len(ranked) < 2:
        raise DoesNotFit("there are no two answers to choose between")
    prompt = tuple(question(record, mapping))
    pairs = combinations(ranked, 2) if len(ranked) <= MOST else ((ranked[0], other) for other in ranked[1:])
    group = together("\0".join(turn.content for turn in prompt))
    found = [
        Example(turns=prompt, chosen=(better,), rejected=(worse,), group=group)
        for (rank, better), (other, worse) in pairs
        if rank < other
    ]
    if not found:
        raise DoesNotFit("all answers have the same rank")
    return found


def recognises(record: Mapping[str, Any], mapping: Roles) -> bool:
    """Whether the first answer has a text and a rank or a score."""
    answers = field(record, mapping, "answers")
    first = answers[0] if isinstance(answers, list) and answers else None
    return (
        isinstance(first, dict)
        and any(key in first for key in TEXTS)
        and any(key in first for key in ("rank", *SCORES))
    )


def NAME_OF(record: Mapping[str, Any], mapping: Roles) -> str:  # noqa: N802  (stated beside ID and LABEL)
    """Under which name this way of writing is known."""
    return "Nectar" if "rank" in field(record, mapping, "answers")[0] else "UltraFeedback"


def _ranked(answer: Any) -> tuple[float, Turn]:
    """An answer with its rank: the smaller, the better."""
    if not isinstance(answer, dict):
        raise DoesNotFit("an answer has no rank")
    text = text_of(next((answer[key] for key in TEXTS if key in answer), None), "text of an answer")
    score = next((answer[key] for key in SCORES if answer.get(key) is not None), None)
    try:
        rank = float(answer["rank"]) if answer.get("rank") is not None else -float(score)  # type: ignore[arg-type]
    except (TypeError, ValueError, OverflowError) as error:
        raise DoesNotFit("the rank of an answer is not a number") from error
    if not math.isfinite(rank):
        raise DoesNotFit("the rank of an answer is not a number")
    return rank, Turn("assistant", text)
