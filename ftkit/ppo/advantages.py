"""Which tokens of an answer did better than expected: rewards, generalised advantage estimation, whitening.

Every tensor has the shape ``(answers, tokens)``; ``mask`` is 1 where an answer has a token, its end token included, and 0
behind its end.
"""

from __future__ import annotations

import torch
from torch import Tensor


def masked_mean(values: Tensor, mask: Tensor) -> Tensor:
    """The mean over all tokens that are there."""
    return (values * mask).sum() / mask.sum()


def token_rewards(
    scores: Tensor, logps: Tensor, reference_logps: Tensor, mask: Tensor, kl_coef: float
) -> Tensor:
    """What each token earns.

    Each pays for being likelier than the reference holds it (the KL penalty); an answer's score is earned as a whole,
    by its last token.

    Parameters
    ----------
    scores
        One number an answer; shape ``(answers,)``.
    logps, reference_logps
        Log-probability of each token when it was drawn, and in the reference.
    """
    rewards = -kl_coef * (logps - reference_logps) * mask
    last = mask.sum(dim=1).long() - 1
    rewards[torch.arange(len(rewards)), last] += scores
    return rewards


def generalised_advantages(
    rewards: Tensor, values: Tensor, mask: Tensor, gamma: float, lam: float
) -> tuple[Tensor, Tensor]:
    """Generalised advantage estimation (GAE, Schulman et al. 2015), from the last token to the first.

    The surprise of a token is what it earned, plus what is expected after it, less what was expected before::

        δ[t] = r[t] + γ V[t+1] − V[t]          (nothing is expected behind the end)
        A[t] = δ[t] + γ λ A[t+1]

    Parameters
    ----------
    values
        What the value head expected before each token.

    Returns
    -------
    advantages, returns
        ``A``, and what the value head should have said: ``A + V``.
    """
    values = values * mask
    advantages = torch.zeros_like(rewards)
    later = torch.zeros_like(rewards[:, 0])
    tokens = rewards.shape[1]
    for t in reversed(range(tokens)):
        expected_next = values[:, t + 1] if t + 1 < tokens else torch.zeros_like(later)
        surprise = rewards[:, t] + gamma * expected_next - values[:, t]
        later = (surprise + gamma * lam * later) * mask[:, t]
        advantages[:, t] = later
    return advantages, advantages + values


def whiten(values: Tensor, mask: Tensor) -> Tensor:
    """Shifted and scaled to mean 0 and standard deviation 1 over all tokens: the reward's unit then does not matter."""
    mean = masked_mean(values, mask)
    variance = masked_mean((values - mean) ** 2, mask)
    return (values - mean) / (variance + 1e-8).sqrt() * mask


def explained_variance(values: Tensor, returns: Tensor, mask: Tensor) -> float:
    """The share of the returns' ups and downs that the value head foresaw; NaN where there were none."""

    def variance(numbers: Tensor) -> float:
        return float(masked_mean((numbers - masked_mean(numbers, mask)) ** 2, mask))

    spread = variance(returns)
    return 1 - variance(returns - values) / spread if spread > 0 else float("nan")
