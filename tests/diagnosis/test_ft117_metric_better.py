import pytest

from ftkit.diagnosis import diagnose
from ftkit.runfolder import History, better_when
from tests.diagnosis.made_up import by_heart, found, healthy, history, logging, overfit, passes, why_not


def test_found_where_loss_and_metric_disagree():
    made = logging(history(overfit, by_heart), eval_accuracy=lambda share: 0.5 + 0.3 * share)
    finding = found("FT117", made)
    assert finding.evidence["metric"] == "eval_accuracy"
    assert finding.evidence["at_end"] > finding.evidence["at_best_loss"]
    assert "FT117" in {item.code for item in diagnose(made).findings}


def test_lower_is_better_where_the_name_says_so():
    assert found("FT117", logging(history(overfit, by_heart), eval_wer=lambda share: 0.5 - 0.3 * share))
    assert passes("FT117", logging(history(overfit, by_heart), eval_wer=lambda share: 0.2 + 0.3 * share))


def test_silent_where_they_agree():
    assert passes("FT117", logging(history(overfit, by_heart), eval_f1=lambda share: 0.8 - 0.3 * share))
    assert passes("FT117", logging(history(healthy), eval_f1=lambda share: 0.5 + 0.3 * share))


def of_values(loss, name, values):
    """A run of which the loss and one metric are given, one value for each evaluation."""
    steps = [100 * n for n in range(1, len(loss) + 1)]
    train = [(step, 1 / (1 + step / 100)) for step in steps]
    return History.from_series(
        {
            "train": train,
            "eval": list(zip(steps, loss, strict=True)),
            name: list(zip(steps, values, strict=True)),
        }
    )


def test_says_values_that_stand_in_the_log():
    loss = [0.9, 0.5, 0.3, 0.32, 0.35, 0.38, 0.41, 0.43]
    wer = [60.5, 45.25, 34.5, 33.0, 32.5, 31.75, 31.5, 31.25]
    sentence = found("FT117", of_values(loss, "eval_wer", wer)).sentence
    assert "34.500 to 31.250" in sentence


def test_silent_where_the_metric_shakes_by_as_much():
    loss = [0.42, 0.44, 0.46, 0.45, 0.48]
    assert passes("FT117", of_values(loss, "eval_bleu", [0.0, 0.0, 0.2, 2.5, 0.01]))
    assert passes("FT117", of_values(loss, "eval_bleu", [0.0, 0.0, 2.5, 0.01, 0.2]))
    loss = [0.9, 0.5, 0.3, 0.32, 0.35, 0.38, 0.41, 0.43]
    assert passes("FT117", of_values(loss, "eval_f1", [0.5, 0.7, 0.8, 0.85, 0.79, 0.86, 0.8, 0.85]))


def test_silent_where_only_the_last_value_is_better():
    loss = [0.9, 0.5, 0.3, 0.32, 0.35, 0.38, 0.41, 0.43]
    assert passes("FT117", of_values(loss, "eval_f1", [0.5, 0.7, 0.8, 0.8, 0.8, 0.8, 0.8, 0.95]))


def test_read_from_plain_series():
    made = history(overfit, by_heart)
    series = {"train": made.train, "eval": made.eval}
    series["eval_accuracy"] = [(step, 0.5 + step / 200) for step, _ in made.eval]
    assert "FT117" in {item.code for item in diagnose(series).findings}


def test_not_applicable_without_a_metric_whose_name_is_known():
    assert "metric" in why_not("FT117", history(overfit, by_heart))
    assert why_not("FT117", logging(history(overfit, by_heart), eval_runtime=3.0, eval_entropy=1.0))


@pytest.mark.parametrize(
    ("name", "better"),
    [
        ("eval_accuracy", "higher"),
        ("eval_mean_token_accuracy", "higher"),
        ("eval_f1", "higher"),
        ("eval_rougeL", "higher"),
        ("eval_rewards/margins", "higher"),
        ("eval_exact_match", "higher"),
        ("eval_top5", "higher"),
        ("eval_loss", "lower"),
        ("eval_perplexity", "lower"),
        ("eval_wer", "lower"),
        ("eval_entropy", None),
        ("eval_samples_per_second", None),
        ("eval_num_tokens", None),
    ],
)
def test_names_say_which_way_is_better(name, better):
    assert better_when(name) == better
