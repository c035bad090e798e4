"""Answers that the policy has drawn, and what is known of each of their tokens."""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

import torch
from torch import Tensor

from ftkit.adapters.either import base_of, has_soft_prompt


def prompt_tokens(tokenizer: Any, row: dict[str, Any]) -> list[int]:
    """Token ids of a prompt: a text, or messages in the chat template with the opening of an answer."""
    prompt = row["prompt"]
    if isinstance(prompt, str):
        return list(tokenizer(prompt)["input_ids"])
    encoded = tokenizer.apply_chat_template(
        prompt, tools=row.get("tools"), add_generation_prompt=True, tokenize=True, return_dict=True
    )
    return list(encoded["input_ids"])


def prompt_batch(tokenizer: Any, rows: Sequence[dict[str, Any]], device: Any) -> tuple[Tensor, Tensor]:
    """Token ids and mask of several prompts, padded on the left, so that all answers begin at the same place."""
    prompts = [torch.tensor(prompt_tokens(tokenizer, row)) for row in rows]
    width = max(len(prompt) for prompt in prompts)
    ids = [_pad(prompt, width - len(prompt), 0, pad_token(tokenizer)) for prompt in prompts]
    mask = [_pad(torch.ones_like(prompt), width - len(prompt), 0, 0) for prompt in prompts]
    return torch.stack(ids).to(device), torch.stack(mask).to(device)


def pad_token(tokenizer: Any) -> int:
    """What stands in the padding; it plays no part."""
    return int(tokenizer.eos_token_id if tokenizer.pad_token_id is None else tokenizer.pad_token_id)


def _pad(values: Tensor, before: int, behind: int, value: float) -> Tensor:
    return torch.nn.functional.pad(values, (before, behind), value=value)


@dataclass
class Rollout:
    """A batch of answers. All but the scores have a row an answer and a column a token.

    Attributes
    ----------
    prompt_ids, prompt_mask
        The prompts, padded on the left.
    ids, mask
        The answers, each up to its end token; ``mask`` is 0 behind it.
    logps, reference_logps
        Log-probability of each token, in the policy that drew it and in the reference.
    values
        What the value head expected before each token.
    entropies
        How undecided the policy was before each token, in nats.
    scores, ended
        For each answer: its reward, and whether it ended by itself.
    """

    prompt_ids: Tensor
    prompt_mask: Tensor
    ids: Tensor
    mask: Tensor
    logps: Tensor
    reference_logps: Tensor
    values: Tensor
    entropies: Tensor
    scores: Tensor
    ended: Tensor

    def __len__(self) -> int:
        return len(self.scores)

    def select(self, rows: Tensor | slice) -> Rollout:
        """Some of the answers."""
        return replace(self, **{field.name: getattr(self, field.name)[rows] for field in fields(self)})

    def parts(self, size: int) -> Iterator[Rollout]:
        """All answers in their order, so many at a time."""
        for start in range(0, len(self), size):
            yield self.select(slice(start, start + size))

    @classmethod
    def joined(cls, several: Sequence[Rollout]) -> Rollout:
        """Several batches as one. Padding is marked as such by the two masks; its value plays no part."""
        prompt = max(one.prompt_ids.shape[1] for one in several)
        answer = max(one.ids.shape[1] for one in several)

        def wide(one: Rollout, name: str) -> Tensor:
            values: Tensor = getattr(one, name)
            if values.dim() == 1:
                return values
            if name.startswith("prompt_"):
                return _pad(values, prompt - values.shape[1], 0, 0)
            return _pad(values, 0, answer - values.shape[1], 0)

        return cls(
            **{field.name: torch.cat([wide(one, field.name) for one in several]) for field in fields(cls)}
        )


def draw(
    model: Any,
    prompt_ids: Tensor,
    prompt_mask: Tensor,
    *,
    longest: int,
    temperature: float,
    ends: Sequence[int],
    pad: int,
) -> tuple[Tensor, Tensor, Tensor]:
    """Let the model answer, each token drawn as likely as the model holds it.

    Returns
    -------
    ids, mask, ended
        As in :class:`Rollout`.
    """
    written = model.generate(
        input_ids=prompt_ids,
        attention_mask=prompt_mask,
        max_new_tokens=longest,
        do_sample=True,
        temperature=temperature,
        # Nothing is cut off, else the tokens would not be as likely as their log-probabilities say.
        top_k=0,
        top_p=1.0,
        repetition_penalty=1.0,
        eos_token_id=list(ends),
        pad_token_id=pad,
        use_cache=True,
    )
    ids = written[:, prompt_ids.shape[1] :]
    is_end = torch.isin(ids, torch.tensor(ends, device=ids.device))
    ends_before = is_end.long().cumsum(dim=1) - is_end.long()
    return ids, (ends_before == 0).long(), is_end.any(dim=1)


def read(
    model: Any, prompt_ids: Tensor, prompt_mask: Tensor, ids: Tensor, mask: Tensor, temperature: float
) -> tuple[Tensor, Tensor]:
    """Let the model read answers that are there.

    Returns
    -------
    log_probabilities, hidden
        For each token of the answers what the model says *before* it: log-probabilities of the whole vocabulary, shape
        ``(answers, tokens, vocabulary)``, and the last hidden state, shape ``(answers, tokens, hidden_size)``.
    """
    tokens = ids.shape[1]
    attention = torch.cat([prompt_mask, mask], dim=1)
    more: dict[str, Any] = {}
    if not has_soft_prompt(model):
        # Padding on the left does not count: as `generate` has it.
        more["position_ids"] = (attention.cumsum(dim=1) - 1).clamp(min=0)
    if "logits_to_keep" in inspect.signature(base_of(model).forward).parameters:
        more["logits_to_keep"] = tokens + 1  # the prompt's logits are large, and nobody asks for them
    output = model(
        input_ids=torch.cat([prompt_ids, ids], dim=1),
        attention_mask=attention,
        output_hidden_states=True,
        use_cache=False,
        **more,
    )
    logits = output.logits[:, -tokens - 1 : -1].float() / temperature
    return torch.log_softmax(logits, dim=-1), output.hidden_states[-1][:, -tokens - 1 : -1]


def of_tokens(log_probabilities: Tensor, ids: Tensor) -> Tensor:
    """Log-probability of the tokens that are there; shape ``(answers, tokens)``."""
    return torch.gather(log_probabilities, 2, ids[:, :, None])[:, :, 0]


def entropy(log_probabilities: Tensor) -> Tensor:
    """How undecided the model is before each token, in nats; shape ``(answers, tokens)``."""
    return -(log_probabilities.exp() * log_probabilities).sum(dim=-1)
