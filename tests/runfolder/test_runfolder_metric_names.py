"""Which way is better, as far as the name of a metric tells."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ftkit.runfolder import better_when

LOWER = [
    "loss",
    "perplexity",
    "brier",
    "brier_score",
    "toxicity",
    "toxicity_score",
    "err",
    "error",
    "top1_err",
    "wer",
    "cer",
    "ter",
    "mae",
    "mse",
    "rmse",
    "dice_loss",
    "hallucination",
    "hallucination_rate",
    "mean_squared_error",
    "perplexity_score",
    "nll",
    "en_loss",
]
HIGHER = [
    "auroc",
    "auprc",
    "roc_auc",
    "macro-f1",
    "macro_f1",
    "macroF1",
    "f1-score",
    "f1score",
    "f1",
    "kappa",
    "dice",
    "jaccard",
    "iou",
    "miou",
    "map",
    "mAP50",
    "mAP50-95",
    "map@50",
    "acc1",
    "acc5",
    "acc@1",
    "acc",
    "chrf",
    "chrf++",
    "sacrebleu",
    "bleu",
    "bleu4",
    "rougeL",
    "rougeLsum",
    "rouge1",
    "meteor",
    "bertscore",
    "recall@10",
    "ndcg@10",
    "mrr",
    "pass@1",
    "pearson",
    "pearsonr",
    "spearman",
    "spearmanr",
    "psnr",
    "ssim",
    "exact_match",
    "HasAns_exact",
    "explained_variance",
    "r2",
    "matthews",
    "matthews_correlation",
    "mcc",
    "accuracy",
    "precision",
    "recall",
    "top5",
    "rewards/margins",
    "win_rate",
    "neg_mean_squared_error",
    "score",
]
NEITHER = [
    "entropy",
    "samples_per_second",
    "runtime",
    "num_tokens",
    "roadmap",
    "mapping",
    "format",
    "term",
    "maps_read",
    "acc_stderr",
    "best_f1_thresh",
]


@pytest.mark.parametrize(
    ("name", "better"),
    [(name, "lower") for name in LOWER]
    + [(name, "higher") for name in HIGHER]
    + [(name, None) for name in NEITHER],
)
def test_a_name_says_which_way_is_better(name, better):
    assert better_when(name) == better
    assert better_when(f"eval_{name}") == better


@given(st.text(max_size=40))
def test_any_name_has_an_answer(name):
    assert better_when(name) in ("higher", "lower", None)
