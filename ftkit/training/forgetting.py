"""A probe for what a training destroys: how well the model reads ordinary text, before and after.

Ten short passages on everyday matters, written for this and to be found in no data set. That the loss on them rises a
little is normal (the model now expects examples like yours); that it rises much means that abilities went.
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

AT_ONCE = 5
"""Passages in one forward pass: together they are quicker, and their logits still take little memory."""


def can_be_probed(model: Any, tokenizer: Any) -> bool:
    """Whether the model writes text and something turns text into tokens."""
    from ftkit.adapters.either import base_of

    return tokenizer is not None and type(base_of(model)).__name__.endswith("ForCausalLM")


def general_losses(model: Any, tokenizer: Any, *, adapter: bool = True) -> tuple[list[float], list[int]]:
    """Summed loss and number of tokens of each passage.

    Parameters
    ----------
    adapter
        Whether an adapter counts, or the model below it is asked.
    """
    import torch

    from ftkit.adapters.either import adapter_off
    from ftkit.comparison.identity import at_rest
    from ftkit.training.random_numbers import same_random_numbers

    texts = [tokenizer(passage)["input_ids"] for passage in PASSAGES]
    off = contextlib.nullcontext() if adapter else adapter_off(model)
    with torch.no_grad(), same_random_numbers(), at_rest(model), off:
        sums = [
            loss
            for first in range(0, len(texts), AT_ONCE)
            for loss in _losses(model, texts[first : first + AT_ONCE])
        ]
    return sums, [len(text) - 1 for text in texts]


def _losses(model: Any, texts: list[list[int]]) -> list[float]:
    """Summed loss of each text, filled up on the right, where no token before can see it."""
    import torch

    longest = max(map(len, texts))
    device = next(model.parameters()).device
    ids = torch.tensor([text + [0] * (longest - len(text)) for text in texts], device=device)
    mask = torch.tensor([[1] * len(text) + [0] * (longest - len(text)) for text in texts], device=device)
    # A soft prompt's own positions come first and are left out.
    logits = model(input_ids=ids, attention_mask=mask).logits[:, -longest:-1].float()
    losses = torch.nn.functional.cross_entropy(logits.transpose(1, 2), ids[:, 1:], reduction="none")
    return [float(loss) for loss in (losses * mask[:, 1:]).sum(dim=1)]
