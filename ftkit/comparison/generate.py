"""Answers to a list of prompts, the same way on both sides."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from ftkit.adapters.either import has_soft_prompt
from ftkit.comparison.identity import prompt_ids


@dataclass(frozen=True)
class Answer:
    """One answer.

    Attributes
    ----------
    text
        Without special tokens.
    ended
        Whether the model ended its turn itself; else it was cut at the limit.
    tokens
        Length of the answer.
    """

    text: str
    ended: bool
    tokens: int


@dataclass(frozen=True)
class Asking:
    """How both sides are asked.

    Attributes
    ----------
    max_new_tokens
        Longest answer.
    temperature
        0 takes the likeliest token each time (greedy); above 0 draws at random with `seed`.
    seed
        Set anew before each side.
    batch
        Prompts answered at once; smaller takes less memory.
    """

    max_new_tokens: int = 80
    temperature: float = 0.0
    seed: int = 42
    batch: int = 4


def end_tokens(model: Any, tokenizer: Any) -> set[int]:
    """The token ids that end an answer."""
    found = {tokenizer.eos_token_id}
    configured = model.generation_config.eos_token_id
    found.update(configured if isinstance(configured, list) else [configured])
    return {token for token in found if token is not None}


def _batches(order: list[int], encoded: list[list[int]], size: int, *, padded: bool) -> Iterator[list[int]]:
    """Prompts that are answered at once.

    Padding stands between a soft prompt and the text and moves them apart, which changes the answers: then only
    prompts of the same length share a batch.
    """
    batch: list[int] = []
    for index in order:
        alike = padded or not batch or len(encoded[index]) == len(encoded[batch[0]])
        if len(batch) == size or not alike:
            yield batch
            batch = []
        batch.append(index)
    if batch:
        yield batch


def answers(
    model: Any,
    tokenizer: Any,
    prompts: list[list[dict[str, str]]],
    asking: Asking,
    progress: Callable[[int], None] = lambda done: None,
) -> list[Answer]:
    """The model's answer to each prompt, in order.

    Parameters
    ----------
    prompts
        Each a list of chat messages ending with the user's turn.
    progress
        Called with the number of prompts answered so far.
    """
    import torch

    ends = end_tokens(model, tokenizer)
    pad = tokenizer.pad_token_id if tokenizer.pad_token_id is not None else min(ends)
    sampling: dict[str, Any] = {"do_sample": False, "temperature": None, "top_p": None, "top_k": None}
    if asking.temperature > 0:
        sampling = {"do_sample": True, "temperature": asking.temperature}
    encoded = [prompt_ids(tokenizer, prompt) for prompt in prompts]
    # Prompts of like length share a batch, which keeps padding small; the order is restored below.
    order = sorted(range(len(prompts)), key=lambda index: len(encoded[index]))
    found: dict[int, Answer] = {}
    with torch.no_grad():
        torch.manual_seed(asking.seed)
        for chosen in _batches(order, encoded, asking.batch, padded=not has_soft_prompt(model)):
            width = max(len(encoded[index]) for index in chosen)
            ids = [[pad] * (width - len(encoded[index])) + encoded[index] for index in chosen]
            mask = [[0] * (width - len(encoded[index])) + [1] * len(encoded[index]) for index in chosen]
            output = model.generate(
                input_ids=torch.tensor(ids, device=model.device),
                attention_mask=torch.tensor(mask, device=model.device),
                max_new_tokens=asking.max_new_tokens,
                eos_token_id=sorted(ends),
                pad_token_id=pad,
                **sampling,
            )
            for index, row in zip(chosen, output[:, width:].tolist(), strict=True):
                end = next((i for i, token in enumerate(row) if token in ends), None)
                kept = row if end is None else row[:end]
                text = tokenizer.decode(kept, skip_special_tokens=True).strip()
                found[index] = Answer(text, end is not None, len(kept))
            progress(len(found))
    return [found[index] for index in range(len(prompts))]
