"""An answer from the half-trained model that leaves no trace in the training."""

from __future__ import annotations

from typing import Any

from ftkit.training.random_numbers import same_random_numbers

LONGEST = 64


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
