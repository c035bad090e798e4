"""An answer from the half-trained model that leaves no trace in the training."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

LONGEST = 64


@contextmanager
def same_random_numbers() -> Iterator[None]:
    """Whatever draws random numbers inside, afterwards they go on as if nobody had."""
    import numpy as np
    import torch

    plain, arrays = random.getstate(), np.random.get_state()
    cpu = torch.get_rng_state()
    gpus = torch.cuda.get_rng_state_all() if torch.cuda.is_initialized() else []
    try:
        yield
    finally:
        random.setstate(plain)
        np.random.set_state(arrays)
        torch.set_rng_state(cpu)
        if gpus:
            torch.cuda.set_rng_state_all(gpus)


def answer(model: Any, tokenizer: Any, prompt: str, system: str | None) -> dict[str, Any]:
    """Ask the model as it stands, with the template that it is trained on; the likeliest answer.

    Modes of the model's parts and random numbers are afterwards as they were.

    Parameters
    ----------
    system
        The system prompt of the training data, or None.

    Returns
    -------
    dict
        ``prompt``, ``answer``, ``tokens`` and ``ended`` (False: cut at `LONGEST` tokens).
    """
    from ftkit.comparison.generate import Asking, answers
    from ftkit.comparison.identity import at_rest

    messages = [{"role": "user", "content": prompt}]
    if system:
        messages.insert(0, {"role": "system", "content": system})
    with same_random_numbers(), at_rest(model):
        given = answers(model, tokenizer, [messages], Asking(max_new_tokens=LONGEST))[0]
    return {"prompt": prompt, "answer": given.text, "tokens": given.tokens, "ended": given.ended}
