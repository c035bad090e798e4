"""Metrics by their names: whether higher is better, and which evaluation a trainer keeps because of one."""

from __future__ import annotations

from typing import NamedTuple

# Parts of names of metrics, as the libraries write them; a name with none of them says nothing.
_HIGHER = (
    "accuracy", "acc", "f1", "precision", "recall", "auc", "bleu", "rouge", "meteor", "exact_match", "em", "map",
    "mrr", "ndcg", "r2", "pearson", "spearman", "matthews", "mcc", "iou", "reward", "rewards", "win_rate", "margins",
    "score", "pass",
)  # fmt: skip
_LOWER = ("loss", "perplexity", "ppl", "wer", "cer", "mse", "mae", "rmse", "error", "nll")


def better_when(name: str) -> str | None:
    """``higher``, ``lower``, or ``None`` where the name of a metric does not say."""
    last = name.removeprefix("eval_").lower().replace("/", "_")
    parts = set(last.split("_")) | {last}
    if parts & set(_LOWER):
        return "lower"
    known = parts & set(_HIGHER) or any(part.startswith(("rouge", "bleu", "top")) for part in parts)
    return "higher" if known or "exact_match" in last or "win_rate" in last else None


class Kept(NamedTuple):
    """The evaluation whose checkpoint a trainer keeps, where another metric than the loss chooses it.

    Attributes
    ----------
    metric
        Its name in the log, such as ``eval_accuracy``.
    step, value
        Where it was best, and how good.
    higher
        Whether higher counts as better.
    """

    metric: str
    step: int
    value: float
    higher: bool

    @property
    def words(self) -> str:
        """For a sentence: ``highest eval_accuracy, 0.910``."""
        return f"{'highest' if self.higher else 'lowest'} {self.metric}, {self.value:.3f}"
