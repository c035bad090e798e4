"""What the policy and the value head are trained on; one number a token, shape ``(answers, tokens)``."""

from __future__ import annotations

import torch
from torch import Tensor


def policy_losses(
    logps: Tensor, old_logps: Tensor, advantages: Tensor, cliprange: float
) -> tuple[Tensor, Tensor]:
    """PPO's clipped objective (Schulman et al. 2017), with a minus sign: lower is better.

    How much likelier a token has become since it was drawn, times its advantage. Beyond the clip range there is nothing
    more to gain: the worse of both versions counts.

    Returns
    -------
    losses, clipped
        Of each token; and whether the clipped version counts.
    """
    ratio = torch.exp(logps - old_logps)
    free = -advantages * ratio
    held = -advantages * ratio.clamp(1 - cliprange, 1 + cliprange)
    return torch.maximum(free, held), held > free


def value_losses(values: Tensor, old_values: Tensor, returns: Tensor, cliprange: float) -> Tensor:
    """Half the squared error of the value head, held near its first estimate in the same way."""
    held = old_values + (values - old_values).clamp(-cliprange, cliprange)
    return 0.5 * torch.maximum((values - returns) ** 2, (held - returns) ** 2)
