"""Metrics by their names: whether higher or lower is better."""

from __future__ import annotations

import re

# Words of names of metrics, as the libraries write them; a name with none of them says nothing.
_LOWER = {
    "loss", "perplexity", "ppl", "nll", "brier", "ece", "toxicity", "hallucination", "hallucinations", "err",
    "error", "errors", "wer", "cer", "ter", "mer", "der", "eer", "mae", "mse", "rmse", "msle", "rmsle", "mape",
    "smape", "fid", "bpb", "bpc",
}  # fmt: skip
_HIGHER = {
    "accuracy", "acc", "precision", "recall", "sensitivity", "specificity", "auc", "auroc", "auprc", "aupr", "roc",
    "map", "mrr", "ndcg", "dcg", "hits", "iou", "miou", "dice", "jaccard", "kappa", "matthews", "mcc", "pearson",
    "pearsonr", "spearman", "spearmanr", "kendall", "kendalltau", "r2", "bleu", "sacrebleu", "bleurt", "rouge",
    "meteor", "chrf", "comet", "bertscore", "psnr", "ssim", "exact", "em", "pass", "reward", "rewards", "margins",
    "score",
}  # fmt: skip
# With figures and averages grown onto them: f1score, macrof1, acc5, map50, top5, rougelsum, bleu4.
_HIGHER_FORMS = re.compile(
    r"((macro|micro|weighted)?f\d+(score|macro|micro)?|acc\d+|m?ap\d*|top\d+|(rouge|bleu|sacrebleu|chrf|ndcg|recall|hits)\w*)\Z"
)
_HIGHER_PHRASES = ("exact_match", "win_rate", "explained_variance", "f_score", "f_measure")
# These tell of a metric, and are none: the threshold of the best F1, the error bar of an accuracy.
_ABOUT = {"thresh", "threshold", "stderr", "std", "count", "num"}


def better_when(name: str) -> str | None:
    """``higher``, ``lower``, or ``None`` where the name of a metric does not say.

    A word for something bad outweighs the rest: ``brier_score`` and ``top1_err`` are better when lower.
    """
    plain = re.sub(r"[^a-z0-9]+", "_", name.removeprefix("eval_").lower()).strip("_")
    words = set(plain.split("_"))
    if words & _ABOUT:
        return None
    if words & _LOWER:
        # scikit-learn turns errors round: neg_mean_squared_error.
        return "higher" if "neg" in words else "lower"
    if words & _HIGHER or any(_HIGHER_FORMS.match(word) for word in words):
        return "higher"
    return "higher" if any(phrase in plain for phrase in _HIGHER_PHRASES) else None
