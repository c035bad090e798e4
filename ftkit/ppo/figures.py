"""What a batch of answers says about the policy, for the log."""

from __future__ import annotations

from torch import Tensor

from ftkit.ppo.advantages import masked_mean
from ftkit.ppo.config import PPOConfig
from ftkit.ppo.rollout import Rollout


def earned(rollout: Rollout, args: PPOConfig) -> Tensor:
    """The rewards as they are learned from: an answer that was cut earns less, so that the model learns to end."""
    return rollout.scores - args.missing_eos_penalty * ~rollout.ended


def figures(rollout: Rollout, args: PPOConfig) -> dict[str, float]:
    """The figures by their names in the log; each is explained in the task's list of metrics."""
    moved = rollout.reference_logps - rollout.logps
    away = -(moved * rollout.mask).sum(dim=1)
    return {
        "reward": float(rollout.scores.mean()),
        "reward_std": float(rollout.scores.std(correction=0)),
        "objective": float((earned(rollout, args) - args.kl_coef * away).mean()),
        # An estimate that is never below zero and has little noise (Schulman's k3).
        "kl": float(masked_mean(moved.exp() - 1 - moved, rollout.mask)),
        "entropy": float(masked_mean(rollout.entropies, rollout.mask)),
        "completions/mean_length": float(rollout.mask.sum(dim=1).float().mean()),
        "completions/clipped_ratio": float((~rollout.ended).float().mean()),
    }
