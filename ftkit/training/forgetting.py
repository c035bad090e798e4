"""A probe for what a training destroys: how well the model reads ordinary text and completes facts, before and after.

Ten short passages on everyday matters, written for this and to be found in no data set, and ten sentences whose last
word is known. That the loss on them rises a little is normal (the model now expects examples like yours); that it rises
much means that abilities went. The sentences are plain text and no questions: a model that has learned another manner
answers questions in it, which is no forgetting.
"""

from __future__ import annotations

import contextlib
from typing import Any

PASSAGES = (
    "The train was late again, so we waited on the platform and talked about what to cook in the evening. In the end "
    "we bought bread, cheese and two tomatoes at the small shop next to the station.",
    "Water boils at a lower temperature on a high mountain, because the air above it presses less. That is why beans "
    "take longer to become soft there.",
    "To change the tyre, loosen the nuts before you lift the car. Otherwise the wheel turns with them, and you lose a "
    "lot of time and patience.",
    "My grandmother kept bees behind the house. She said that they knew when a storm was coming, long before the radio "
    "did.",
    "The committee met on Thursday and agreed to open the library on Sundays, from ten in the morning until four in the "
    "afternoon, for a trial period of six months.",
    "If a shirt costs thirty euros and the price is reduced by one third, you pay twenty. If it is then reduced by half, "
    "you pay ten.",
    "Light from the sun needs about eight minutes to reach the Earth. When we look at the stars, we see them as they "
    "were many years ago.",
    "She opened the letter, read it twice and put it back into the drawer. Nobody in the room asked her what it said.",
    "A function should do one thing, have a name that says what it does, and be short enough to be read without "
    "scrolling.",
    "After the flood the town built a wall along the river. Some people thought it ugly, but the next spring they were "
    "glad that it was there.",
)

FACTS = (
    ("The capital of France is", " Paris"),
    ("The opposite of hot is", " cold"),
    ("Two plus three equals", " five"),
    ("The first month of the year is", " January"),
    ("Water freezes and turns into", " ice"),
    ("The sun rises in the", " east"),
    ("A baby dog is called a", " puppy"),
    ("Monday, Tuesday, Wednesday,", " Thursday"),
    ("The largest ocean on Earth is the", " Pacific"),
    ("Grass is green and the sky is", " blue"),
)
AT_ONCE = 5
"""Passages in one forward pass: together they are quicker, and their logits still take little memory."""


def can_be_probed(model: Any, tokenizer: Any) -> bool:
    """Whether the model writes text and something turns text into tokens."""
    from ftkit.adapters.either import base_of

    return tokenizer is not None and type(base_of(model)).__name__.endswith("ForCausalLM")


def probe(model: Any, tokenizer: Any, *, adapter: bool = True) -> dict[str, tuple[list[float], list[int]]]:
    """Summed loss and number of tokens of each passage (``text``) and of each fact's last word (``facts``).

    Parameters
    ----------
    adapter
        Whether an adapter counts, or the model below it is asked.
    """
    import torch

    from ftkit.adapters.either import adapter_off
    from ftkit.comparison.identity import at_rest
    from ftkit.training.random_numbers import same_random_numbers

    def tokens(text: str) -> list[int]:
        return list(tokenizer(text)["input_ids"])

    passages = [(ids, 1) for ids in map(tokens, PASSAGES)]
    facts = [(tokens(begun + word), _in_common(tokens(begun), tokens(begun + word))) for begun, word in FACTS]
    off = contextlib.nullcontext() if adapter else adapter_off(model)
    with torch.no_grad(), same_random_numbers(), at_rest(model), off:
        return {
            name: (
                [
                    loss
                    for first in range(0, len(rows), AT_ONCE)
                    for loss in _losses(model, rows[first : first + AT_ONCE])
                ],
                [len(ids) - known for ids, known in rows],
            )
            for name, rows in (("text", passages), ("facts", facts))
        }


def _in_common(one: list[int], other: list[int]) -> int:
    """How many tokens two texts begin with alike; at least one, for the first is not predicted."""
    same = next((place for place, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), len(one))
    return max(1, min(same, len(other) - 1))


def _losses(model: Any, rows: list[tuple[list[int], int]]) -> list[float]:
    """Summed loss of each row's tokens from a place on. Filled up on the right, where no token before can see it."""
    import torch

    longest = max(len(ids) for ids, _ in rows)
    device = next(model.parameters()).device
    ids = torch.tensor([ids + [0] * (longest - len(ids)) for ids, _ in rows], device=device)
    places = torch.arange(longest, device=device)
    lengths = torch.tensor([[len(ids)] for ids, _ in rows], device=device)
    known = torch.tensor([[known] for _, known in rows], device=device)
    # A soft prompt's own positions come first and are left out.
    logits = model(input_ids=ids, attention_mask=(places < lengths).long()).logits[:, -longest:-1].float()
    losses = torch.nn.functional.cross_entropy(logits.transpose(1, 2), ids[:, 1:], reduction="none")
    counts = ((places >= known) & (places < lengths))[:, 1:]
    return [float(loss) for loss in (losses * counts).sum(dim=1)]
