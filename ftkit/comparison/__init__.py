"""Base and tuned answers side by side, and the proof that base is base."""

from ftkit.comparison.merged import merged_model
from ftkit.comparison.result import Comparison, Pair
from ftkit.comparison.rewarding import RewardModel, reward_model
from ftkit.comparison.side_by_side import compare

__all__ = ["Comparison", "Pair", "RewardModel", "compare", "merged_model", "reward_model"]
