"""Every answer gets a number, from one reward function or the sum of several."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

from ftkit.errors import RunError

RewardFunction = Callable[..., Sequence[float]]
"""``reward(prompts, completions, **more)`` → one number an answer; as TRL's trainers call it.

Prompts and completions are lists of messages where the dataset's prompts are, else texts. ``more`` has
``completion_ids`` and every other column of the dataset.
"""


def score(
    functions: Sequence[RewardFunction],
    rows: Sequence[dict[str, Any]],
    texts: Sequence[str],
    completion_ids: Sequence[list[int]],
) -> list[float]:
    """The sum of what all functions say about each answer.

    Raises
    ------
    RunError
        Where a function returns something else than one finite number an answer.
    """
    prompts = [row["prompt"] for row in rows]
    completions = [
        text if isinstance(prompt, str) else [{"role": "assistant", "content": text}]
        for prompt, text in zip(prompts, texts, strict=True)
    ]
    columns = {name: [row[name] for row in rows] for name in rows[0] if name != "prompt"}
    totals = [0.0] * len(rows)
    for function in functions:
        given = function(
            prompts=prompts, completions=completions, completion_ids=list(completion_ids), **columns
        )
        numbers = _numbers(function, given, len(rows))
        totals = [total + number for total, number in zip(totals, numbers, strict=True)]
    return totals


def _numbers(function: RewardFunction, given: Any, wanted: int) -> list[float]:
    name = getattr(function, "__name__", type(function).__name__)
    try:
        numbers = [float(number) for number in given]
    except (TypeError, ValueError) as error:
        raise RunError(
            f"The reward function {name!r} did not return a list of numbers ({error}).",
            f"It gets {wanted} answers at once and has to return a list of as many numbers.",
        ) from error
    if len(numbers) != wanted:
        raise RunError(
            f"The reward function {name!r} returned {len(numbers)} numbers for {wanted} answers.",
            "It has to return one number for each, in their order.",
        )
    for number in numbers:
        if not math.isfinite(number):
            raise RunError(
                f"The reward function {name!r} returned {number}.", "Every answer needs a finite number."
            )
    return numbers
